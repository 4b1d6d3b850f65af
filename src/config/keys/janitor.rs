//! The keys of what works without a job: strays, ports, events and who is told of them.

use std::time::Duration;

use super::super::value::{DAY, Takes, Value};
use super::Key;

/// All of them, section by section.
pub(super) static KEYS: &[Key] = &[
    Key {
        name: "strays.grace",
        takes: Takes::Text,
        default: "\"30s\"",
        example: "\"5m\"",
        about: "How long a stray must have been one, counted from its first sighting on record, before pj clean ends it.",
        put: |s, v| {
            s.strays.grace = v.time(DAY)?;
            Ok(())
        },
    },
    Key {
        name: "strays.interval",
        takes: Takes::Text,
        default: "\"30s\"",
        example: "\"5m\"",
        about: "How often the service looks for strays.",
        put: |s, v| {
            s.strays.interval = v.time(DAY)?.max(Duration::from_secs(1));
            Ok(())
        },
    },
    Key {
        name: "strays.max_kills",
        takes: Takes::Number,
        default: "20",
        example: "5",
        about: "Strays that one unattended pass ends at most; the rest is told.",
        put: |s, v| {
            s.strays.max_kills = v.number(1, 1000)? as usize;
            Ok(())
        },
    },
    Key {
        name: "port.default",
        takes: Takes::Numbers,
        default: "[8000]",
        example: "[8000, 5173]",
        about: "The ports that pj port means where none is named.",
        put: |s, v| {
            s.port.default = ports(v)?;
            Ok(())
        },
    },
    Key {
        name: "port.all",
        takes: Takes::Numbers,
        default: "[8000, 8080, 3000]",
        example: "[3000, 5173]",
        about: "The ports that pj port all means.",
        put: |s, v| {
            s.port.all = ports(v)?;
            Ok(())
        },
    },
    Key {
        name: "port.grace",
        takes: Takes::Text,
        default: "\"2s\"",
        example: "\"5s\"",
        about: "How long who listens may take to go by itself.",
        put: |s, v| {
            s.port.grace = v.time(DAY)?;
            Ok(())
        },
    },
    Key {
        name: "port.timeout",
        takes: Takes::Text,
        default: "\"5s\"",
        example: "\"10s\"",
        about: "How long to wait for a port to be free at most.",
        put: |s, v| {
            s.port.timeout = v.time(DAY)?;
            Ok(())
        },
    },
    Key {
        name: "events.retention",
        takes: Takes::Text,
        default: "\"7d\"",
        example: "\"30d\"",
        about: "How long it is kept what happened and why.",
        put: |s, v| {
            s.events.retention = v.time(10 * 365 * DAY)?;
            Ok(())
        },
    },
    Key {
        name: "notify.desktop",
        takes: Takes::Flag,
        default: "false",
        example: "true",
        about: "Tell on the desktop what was ended: notify-send, or osascript on a Mac.",
        put: |s, v| {
            s.notify.desktop = v.flag()?;
            Ok(())
        },
    },
    Key {
        name: "notify.command",
        takes: Takes::List,
        default: "[]",
        example: "[\"logger\", \"-t\", \"pj\"]",
        about: "A command that is given each event on its standard input, a line of JSON.",
        put: |s, v| {
            s.notify.command = v.list()?.to_vec();
            Ok(())
        },
    },
    Key {
        name: "notify.kinds",
        takes: Takes::List,
        default: "[\"job.ended\", \"job.idle\", \"stray.ended\", \"sweep.stopped\"]",
        example: "[\"stray.ended\"]",
        about: "Of which events to tell.",
        put: |s, v| {
            s.notify.kinds = v.list()?.to_vec();
            Ok(())
        },
    },
    Key {
        name: "notify.timeout",
        takes: Takes::Text,
        default: "\"5s\"",
        example: "\"2s\"",
        about: "How long a notification may take before it is given up.",
        put: |s, v| {
            s.notify.timeout = v.time(DAY)?;
            Ok(())
        },
    },
];

fn ports(value: &Value) -> Result<Vec<u16>, String> {
    Ok(value.numbers(1, 65_535)?.iter().map(|&port| port as u16).collect())
}
