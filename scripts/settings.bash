# Sourced by the scripts that need what scripts/set-up installs.

# load_settings WHAT...: has that installed, and exports where it is.
load_settings() {
    local settings setting
    # Not within the loop, which would go on where the command fails.
    settings=$(scripts/set-up "$@")
    while IFS= read -r setting; do
        [[ -z $setting ]] || export "${setting?}"
    done <<<"$settings"
}
