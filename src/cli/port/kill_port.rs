//! `pj kill-port`: `pj port` under the words of npm's `kill-port`, for scripts that call that.
//!
//! The same words mean the same ports: `kill-port 8080 3000`, `--port 8080,3000`, `-p 8080`, `--method udp`. What it does
//! with them is `pj port`'s: listeners of exactly these ports, asked before they are killed, and an exit code that says
//! whether all are free.

use super::super::out::Out;
use super::{end, number, push};
use crate::config::{Port, Settings};
use crate::error::{Error, Result};
use crate::ports::Proto;
use crate::ports::free::Order;

/// kill-port's words.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Ports, with commas or blanks between
    #[arg(value_name = "PORT", value_delimiter = ',', value_parser = number)]
    words: Vec<u16>,
    /// The same; then other words are not looked at
    #[arg(short, long, value_name = "PORT", value_delimiter = ',', value_parser = number)]
    port: Vec<u16>,
    /// tcp or udp
    #[arg(short, long, value_name = "METHOD", default_value = "tcp", value_parser = ["tcp", "udp"])]
    method: String,
    /// Nothing more is said than always is
    #[arg(short, long)]
    verbose: bool,
    #[arg(skip)]
    settings: Port,
}

impl Args {
    pub(in crate::cli) fn fill(&mut self, settings: Settings) {
        self.settings = settings.port;
    }
}

/// Frees them.
pub(in crate::cli) fn run(args: &Args, out: &mut Out) -> Result<i32> {
    let mut ports = Vec::new();
    let said = if args.port.is_empty() { &args.words } else { &args.port };
    said.iter().for_each(|&port| push(&mut ports, port));
    if ports.is_empty() {
        return Err(Error::usage("kill-port what? a port").hint("pj kill-port 8080"));
    }
    let proto = if args.method == "udp" { Proto::Udp } else { Proto::Tcp };
    let (grace, timeout) = (args.settings.grace, args.settings.timeout);
    end(&Order { proto, ports, grace, timeout, dry_run: false }, false, out)
}
