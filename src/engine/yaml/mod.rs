pub enum YamlAnswer {
    Names(Vec<String>),
    Unsure(&'static str),
}
pub fn stage_names(_text: &[u8]) -> YamlAnswer {
    YamlAnswer::Unsure("x")
}
