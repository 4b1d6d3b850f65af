//! The agents: one table, what each needs in a fresh home, and how it looks when it is ready.
//!
//! Nothing here comes from a real home, and no key is a real one.

use crate::harness::World;
use crate::harness::shells::skip;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// One command line under test.
pub(crate) struct Agent {
    pub(crate) name: &'static str,
    /// What its screen has when it takes input.
    pub(crate) ready: &'static str,
    /// What it shows after the first of two Ctrl-C.
    pub(crate) again: &'static str,
    /// Ctrl-Z suspends it.
    pub(crate) suspends: bool,
    /// It runs a hook at its end, which writes the file `hook`.
    pub(crate) hooks: bool,
    /// Part of the argv of daemons of its own that must survive.
    pub(crate) daemons: &'static [&'static str],
    /// Write its settings into the home: two well-behaved tool servers would be one too many, so there is one, a
    /// stubborn one, and a stubborn one behind a launcher.
    pub(crate) settle: fn(&World, &str),
    /// Lines of a shell's rc file, for this server.
    pub(crate) rc: fn(&str) -> String,
}

pub(crate) const CLAUDE: Agent = Agent {
    name: "claude",
    ready: "? for shortcuts",
    again: "again to exit",
    suspends: true,
    hooks: true,
    daemons: &["daemon run"],
    settle: claude,
    rc: |url| {
        format!(
            "export ANTHROPIC_BASE_URL={url} ANTHROPIC_AUTH_TOKEN=made-up DISABLE_AUTOUPDATER=1 \
             CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1\n"
        )
    },
};

/// Where `tests/agents/run` has put them.
pub(crate) fn cache() -> Option<PathBuf> {
    let dir = PathBuf::from(std::env::var_os("PJ_AGENTS")?);
    dir.is_dir().then_some(dir)
}

/// Whether it is installed; else the test says so and passes.
pub(crate) fn is_here(agent: &Agent) -> bool {
    let installed = cache().is_some_and(|dir| dir.join("node_modules/.bin").join(agent.name).exists());
    installed || skip(&format!("{} is not in the cache that PJ_AGENTS names: just agents", agent.name))
}

/// Name, command and arguments of each tool server.
fn servers(world: &World) -> [(&'static str, &'static str, Vec<String>); 3] {
    let path = world.text("mcp.mjs");
    fs::write(&path, include_str!("mcp.mjs")).expect("a tool server");
    let launched = format!("node {path} stubborn; true");
    [
        ("good", "node", vec![path.clone()]),
        ("stubborn", "node", vec![path, "stubborn".to_owned()]),
        ("launched", "sh", vec!["-c".to_owned(), launched]),
    ]
}

/// The same as most settings files want it.
fn as_json(world: &World) -> Value {
    let one = |(name, command, args)| (String::from(name), json!({"command": command, "args": args}));
    Value::Object(servers(world).into_iter().map(one).collect())
}

fn put(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
    fs::write(path, text).expect("a settings file");
}

fn claude(world: &World, _url: &str) {
    let home = world.home();
    let trusted = json!({"hasTrustDialogAccepted": true, "hasCompletedProjectOnboarding": true});
    let state = json!({"hasCompletedOnboarding": true, "theme": "dark", "numStartups": 9,
        "mcpServers": as_json(world), "projects": {home.to_string_lossy().as_ref(): trusted}});
    put(&home.join(".claude.json"), &state.to_string());
    let hook = json!([{"hooks": [{"type": "command", "command": format!("echo ended >> {}", world.text("hook"))}]}]);
    let settings = json!({"permissions": {"allow": ["Bash"]}, "hooks": {"SessionEnd": hook}});
    put(&home.join(".claude/settings.json"), &settings.to_string());
}
