//! The three protocols: where a request has its last word and its tools, and what an answer looks like as a stream.
//! Never more of a protocol than the agents ask for.

use super::Answer;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};

/// Whose protocol.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Anthropic,
    OpenAi,
    Gemini,
}

const STREAM: &str = "text/event-stream";
const WHOLE: &str = "application/json";

impl Dialect {
    pub(super) fn of(path: &str) -> Option<Dialect> {
        let bare = path.split('?').next().unwrap_or_default();
        match bare {
            "/v1/messages" => Some(Dialect::Anthropic),
            "/v1/responses" => Some(Dialect::OpenAi),
            _ if bare.ends_with(":streamGenerateContent") || bare.ends_with(":generateContent") => {
                Some(Dialect::Gemini)
            }
            _ => None,
        }
    }

    /// The last message.
    pub(super) fn last(self, body: &Value) -> Value {
        let list = match self {
            Dialect::Anthropic => "messages",
            Dialect::OpenAi => "input",
            Dialect::Gemini => "contents",
        };
        body[list].as_array().and_then(|all| all.last()).cloned().unwrap_or_default()
    }

    /// Whether it tells what a tool said.
    pub(super) fn is_result(self, last: &str) -> bool {
        last.contains(match self {
            Dialect::Anthropic => "\"tool_result\"",
            Dialect::OpenAi => "\"function_call_output\"",
            Dialect::Gemini => "\"functionResponse\"",
        })
    }

    /// The name of the shell tool among those that came with the request.
    pub(super) fn shell(self, body: &Value) -> Option<&'static str> {
        let names: &[&str] = match self {
            Dialect::Anthropic => &["Bash"],
            Dialect::OpenAi => &["exec_command", "shell_command", "shell"],
            Dialect::Gemini => &["run_shell_command"],
        };
        let tools = body["tools"].to_string();
        names.iter().find(|name| tools.contains(&format!("\"name\":\"{name}\""))).copied()
    }

    /// The content type and the body of an answer.
    pub(super) fn speak(self, path: &str, body: &Value, answer: &Answer) -> (&'static str, String) {
        let tool = self.shell(body).unwrap_or_default();
        match self {
            Dialect::Anthropic if body["stream"] == true => (STREAM, events(&anthropic_stream(answer, tool))),
            Dialect::Anthropic => (WHOLE, anthropic(answer).to_string()),
            Dialect::OpenAi => (STREAM, events(&openai(answer, tool))),
            Dialect::Gemini if path.contains(":stream") => (STREAM, format!("data: {}\n\n", gemini(answer, tool))),
            Dialect::Gemini => (WHOLE, gemini(answer, tool).to_string()),
        }
    }
}

/// A name that no other answer has: agents put together what has the same one.
fn fresh(kind: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(1);
    format!("{kind}_{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Server-sent events; each is named by its own type.
fn events(all: &[Value]) -> String {
    let one = |event: &Value| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or_default());
    all.iter().map(one).collect()
}

fn anthropic(answer: &Answer) -> Value {
    let text = if let Answer::Text(text) = answer { text } else { "" };
    json!({"id": fresh("msg"), "type": "message", "role": "assistant", "model": "mock", "stop_reason": "end_turn",
        "stop_sequence": null, "content": [{"type": "text", "text": text}],
        "usage": {"input_tokens": 9, "output_tokens": 9}})
}

fn anthropic_stream(answer: &Answer, tool: &str) -> Vec<Value> {
    let (block, delta, stop) = match answer {
        Answer::Text(text) => {
            (json!({"type": "text", "text": ""}), json!({"type": "text_delta", "text": text}), "end_turn")
        }
        Answer::Shell(command) => (
            json!({"type": "tool_use", "id": fresh("toolu"), "name": tool, "input": {}}),
            json!({"type": "input_json_delta", "partial_json": json!({"command": command}).to_string()}),
            "tool_use",
        ),
    };
    vec![
        json!({"type": "message_start", "message": {"id": fresh("msg"), "type": "message", "role": "assistant",
            "model": "mock", "content": [], "stop_reason": null, "stop_sequence": null,
            "usage": {"input_tokens": 9, "output_tokens": 1}}}),
        json!({"type": "content_block_start", "index": 0, "content_block": block}),
        json!({"type": "content_block_delta", "index": 0, "delta": delta}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": null},
            "usage": {"output_tokens": 9}}),
        json!({"type": "message_stop"}),
    ]
}

fn openai(answer: &Answer, tool: &str) -> Vec<Value> {
    let item = match answer {
        Answer::Text(text) => json!({"type": "message", "role": "assistant", "id": fresh("item"),
            "content": [{"type": "output_text", "text": text}]}),
        Answer::Shell(command) => {
            let arguments = match tool {
                "exec_command" => json!({"cmd": command}),
                "shell" => json!({"command": ["bash", "-c", command]}),
                _ => json!({"command": command}),
            };
            json!({"type": "function_call", "id": fresh("item"), "call_id": fresh("call"), "name": tool,
                "arguments": arguments.to_string()})
        }
    };
    let usage = json!({"input_tokens": 9, "input_tokens_details": null, "output_tokens": 9,
        "output_tokens_details": null, "total_tokens": 18});
    let id = fresh("resp");
    vec![
        json!({"type": "response.created", "response": {"id": id}}),
        json!({"type": "response.output_item.done", "output_index": 0, "item": item}),
        json!({"type": "response.completed", "response": {"id": id, "usage": usage}}),
    ]
}

fn gemini(answer: &Answer, tool: &str) -> Value {
    let part = match answer {
        Answer::Text(text) => json!({"text": text}),
        Answer::Shell(command) => json!({"functionCall": {"name": tool, "args": {"command": command}}}),
    };
    json!({"candidates": [{"index": 0, "finishReason": "STOP", "content": {"role": "model", "parts": [part]}}],
        "usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": 9, "totalTokenCount": 18}})
}
