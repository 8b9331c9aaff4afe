# The prompt hook.
