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
    /// Put after its name when it is started.
    pub(crate) args: &'static str,
    /// What its screen has when it takes input.
    pub(crate) ready: &'static str,
    /// What it shows after the first of two Ctrl-C; nothing where the first one is enough.
    pub(crate) again: Option<&'static str>,
    /// The same for Ctrl-Z.
    pub(crate) again_to_stop: Option<&'static str>,
    /// The hook at its end writes the file `hook`: the witness that it had the time to save.
    pub(crate) last_hook: LastHook,
    /// Part of the argv of daemons of its own that must survive.
    pub(crate) daemons: &'static [&'static str],
    /// Write its settings into the home, with a well-behaved tool server, a stubborn one, and one behind a launcher.
    pub(crate) settle: fn(&World, &str),
    /// Lines of a shell's rc file, for this server.
    pub(crate) rc: fn(&str) -> String,
}

/// When an agent runs its user's hook for the end of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LastHook {
    /// It has none.
    Never,
    /// Without its terminal it is gone at the first read, whether the hook has run or not: bare a matter of luck.
    OnTerminal,
    Always,
}

pub(crate) const CLAUDE: Agent = Agent {
    name: "claude",
    args: "",
    ready: "? for shortcuts",
    again: Some("again to exit"),
    again_to_stop: None,
    last_hook: LastHook::Always,
    daemons: &["daemon run"],
    settle: claude,
    rc: |url| {
        format!(
            "export ANTHROPIC_BASE_URL={url} ANTHROPIC_AUTH_TOKEN=made-up DISABLE_AUTOUPDATER=1 \
             CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1\n"
        )
    },
};

pub(crate) const CODEX: Agent = Agent {
    name: "codex",
    args: "",
    ready: "? for shortcuts",
    again: None,
    again_to_stop: None,
    last_hook: LastHook::Never,
    daemons: &["--managed-daemon", "pid-update-loop"],
    settle: codex,
    rc: |_| "export MOCK_KEY=made-up\n".to_owned(),
};

/// The same without the daemon that it starts for all its sessions.
pub(crate) const CODEX_ALONE: Agent = Agent { args: " --disable daemon_auto_start", daemons: &[], ..CODEX };

pub(crate) const GEMINI: Agent = Agent {
    name: "gemini",
    args: "",
    ready: "Type your message",
    again: Some("again to exit"),
    again_to_stop: Some("again to suspend"),
    last_hook: LastHook::OnTerminal,
    daemons: &[],
    settle: gemini,
    rc: |url| format!("export GOOGLE_GEMINI_BASE_URL={url} GEMINI_API_KEY=made-up\n"),
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

/// Writes the file `hook` when a session ends.
fn last_hook(world: &World) -> Value {
    let command = format!("echo ended >> {}", world.text("hook"));
    json!([{"hooks": [{"type": "command", "command": command}]}])
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
    let settings = json!({"permissions": {"allow": ["Bash"]}, "hooks": {"SessionEnd": last_hook(world)}});
    put(&home.join(".claude/settings.json"), &settings.to_string());
}

fn codex(world: &World, url: &str) {
    let home = world.home();
    let mut text = format!(
        "model = \"gpt-5\"\nmodel_provider = \"mock\"\napproval_policy = \"never\"\n\
         sandbox_mode = \"danger-full-access\"\ncheck_for_update_on_startup = false\n[analytics]\nenabled = false\n\
         [model_providers.mock]\nname = \"mock\"\nbase_url = \"{url}/v1\"\nenv_key = \"MOCK_KEY\"\n\
         [projects.{:?}]\ntrust_level = \"trusted\"\n\
         [tui]\nscreen_reader_detection_done = true\nshow_tooltips = false\n\
         [tui.model_availability_nux]\n\"gpt-6.1-sol\" = 4\n",
        home.to_string_lossy()
    );
    for (name, command, args) in servers(world) {
        text.push_str(&format!("[mcp_servers.{name}]\ncommand = {command:?}\nargs = {args:?}\n"));
    }
    put(&home.join(".codex/config.toml"), &text);
}

fn gemini(world: &World, _url: &str) {
    let settings = json!({
        "security": {"auth": {"selectedType": "gemini-api-key"}, "folderTrust": {"enabled": false}},
        "general": {"enableAutoUpdate": false, "disableAutoUpdate": true, "disableUpdateNag": true},
        "ui": {"hideTips": true, "hideBanner": true},
        "privacy": {"usageStatisticsEnabled": false},
        "model": {"name": "gemini-2.5-flash"},
        "mcpServers": as_json(world),
        "hooks": {"SessionEnd": last_hook(world)},
    });
    put(&world.home().join(".gemini/settings.json"), &settings.to_string());
    let rule = "[[rule]]\ntoolName = \"run_shell_command\"\ndecision = \"allow\"\npriority = 100\n";
    put(&world.home().join(".gemini/policies/shell.toml"), rule);
}
