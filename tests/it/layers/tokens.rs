//! Just enough of Rust's lexical grammar to tell code from comments and literals.

/// Words, `::`, and single signs; comments and literals left out.
pub(super) fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or(' ');
    let (mut out, mut i) = (Vec::new(), 0);
    while i < chars.len() {
        match at(i) {
            '/' if at(i + 1) == '/' => i = line_end(&chars, i),
            '/' if at(i + 1) == '*' => i = comment_end(&chars, i),
            'r' | 'b' | 'c' if raw_start(&chars, i).is_some() => i = raw_end(&chars, i),
            '"' => i = string_end(&chars, i),
            '\'' if at(i + 1) == '\\' || at(i + 2) == '\'' => i = char_end(&chars, i),
            ':' if at(i + 1) == ':' => {
                out.push("::".to_owned());
                i += 2;
            }
            c if c.is_alphanumeric() || c == '_' => {
                let word: String = chars[i..].iter().take_while(|c| c.is_alphanumeric() || **c == '_').collect();
                i += word.chars().count();
                out.push(word);
            }
            c => {
                if !c.is_whitespace() {
                    out.push(c.to_string());
                }
                i += 1;
            }
        }
    }
    out
}

fn line_end(chars: &[char], from: usize) -> usize {
    chars[from..].iter().position(|c| *c == '\n').map_or(chars.len(), |n| from + n)
}

fn comment_end(chars: &[char], from: usize) -> usize {
    let (mut depth, mut i) = (0, from);
    while i < chars.len() {
        match (chars[i], chars.get(i + 1)) {
            ('/', Some('*')) => (depth, i) = (depth + 1, i + 2),
            ('*', Some('/')) => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            break;
        }
    }
    i
}

/// `r"`, `r#"`, `br"`, `cr"`: the number of `#`, and where the text begins.
fn raw_start(chars: &[char], from: usize) -> Option<(usize, usize)> {
    if from > 0 && (chars[from - 1].is_alphanumeric() || chars[from - 1] == '_') {
        return None;
    }
    let mut i = from;
    if matches!(chars[i], 'b' | 'c') {
        i += 1;
    }
    if chars.get(i) != Some(&'r') {
        return None;
    }
    let hashes = chars[i + 1..].iter().take_while(|c| **c == '#').count();
    (chars.get(i + 1 + hashes) == Some(&'"')).then_some((hashes, i + 2 + hashes))
}

fn raw_end(chars: &[char], from: usize) -> usize {
    let (hashes, start) = raw_start(chars, from).expect("a raw string");
    let closes = |i: usize| chars[i] == '"' && (1..=hashes).all(|n| chars.get(i + n) == Some(&'#'));
    (start..chars.len()).find(|i| closes(*i)).map_or(chars.len(), |i| i + 1 + hashes)
}

fn string_end(chars: &[char], from: usize) -> usize {
    let mut i = from + 1;
    while i < chars.len() && chars[i] != '"' {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    i + 1
}

fn char_end(chars: &[char], from: usize) -> usize {
    let start = if chars.get(from + 1) == Some(&'\\') { from + 3 } else { from + 2 };
    (start..chars.len()).find(|i| chars[*i] == '\'').map_or(chars.len(), |i| i + 1)
}
