//! The programs: what is typed at each, and where its picture is taken.

use super::player::{SCRIPT, Script, Step};
use Step::{Gone, Resize, See, Type};

/// Another size, and back to the first.
const SMALL: (u16, u16, u16, u16) = (18, 60, 600, 360);
const LARGE: (u16, u16, u16, u16) = (30, 100, 1000, 600);

/// A status line with the size, without clock and host name, names that do not follow the shell, a prompt without either.
const TMUX: &str = "set -g status-right '#{client_width}x#{client_height}'\nset -g automatic-rename off\nset -g allow-rename off\n\
    set -g default-command \"env PS1='$ ' sh\"\nset -g set-titles on\n\
    set -g set-titles-string 'inner'\nset -g mouse on\nset -g base-index 1\nbind c new-window -n two\n";

/// One `#[test]` a program.
macro_rules! show {
    ($($(#[$doc:meta])* $name:ident: { $($part:tt)* })*) => {$(
        $(#[$doc])*
        #[test]
        fn $name() {
            Script { $($part)* ..SCRIPT }.play();
        }
    )*};
}

const NOTES: &str =
    "first line of the notes\nsecond line: \u{fc}ber, \u{65e5}\u{672c}\u{8a9e}, e\u{301}\n\ttab\nlast line\n";

show! {
    vim_shows_the_same: {
        needs: "vim.tiny",
        argv: &["vim.tiny", "-N", "-i", "NONE", "-u", "vimrc", "notes"],
        files: &[
            ("notes", NOTES),
            ("vimrc", "set noswapfile mouse=a title titlestring=notes ruler showcmd number hlsearch ttimeoutlen=20\nau VimResized * set list!\n"),
        ],
        steps: &[
            See("last line"),
            Type("/line\r"), See("/line"),
            Type("Owords typed in"), See("words typed in"),
            Type("\x1b[200~pasted\rin two lines\x1b[201~"), See("in two lines"),
            Type("\x1b"), Gone("INSERT"),
            Type(":split\r"), See("notes [+]"),
            // Each new size turns `list` on or off: it has heard of it, and has drawn.
            Resize(LARGE), See("$"),
            Resize(SMALL), Gone("$"),
            // A click of the mouse into the lower window, as SGR reports it.
            Type("\x1b[<0;10;14M\x1b[<0;10;14m"), Type("V"), See("VISUAL"),
            Type("\x1b"), Gone("VISUAL"),
            Type(":qa!\r"),
        ],
    }
    less_shows_the_same: {
        needs: "less",
        argv: &["less", "-S", "-M", "-N", "--mouse", "page", "other"],
        files: &[("page", include_str!("player.rs")), ("other", NOTES)],
        steps: &[
            See("lines 1-23/"),
            Type("/player\r"), Gone("lines 1-23/"), Type(" "), Gone("/player"),
            // The wheel.
            Type("\x1b[<65;3;3M\x1b[<65;3;3M"), Type("g"), See("lines 1-23/"),
            Resize(SMALL), See("lines 1-17/"),
            Resize(LARGE), See("lines 1-29/"),
            Type("h"), See("SUMMARY"), Type("q"), Gone("SUMMARY"),
            Type(":n\r"), See("last line"),
            Type("q"),
        ],
    }
    dialog_shows_the_same: {
        needs: "dialog",
        argv: &[
            "sh", "-c", "dialog --menu 'Which one?' 12 40 4 a apple b banana c cherry 3>&1 1>&2 2>&3; \
            dialog --checklist 'Some' 12 40 4 x ex off y why on --inputbox 'A word' 8 30 begun; echo; echo left with $?",
        ],
        steps: &[
            See("banana"),
            Type("\x1bOB\t"), See("cherry"), Type("\r"), See("why"),
            Type(" "), See("[*] x"), Type("\r"), See("A word"),
            Type(" typed"), See("begun typed"), Type("\r"),
            See("left with 0"),
        ],
        exact: true,
    }
    fzf_shows_the_same: {
        needs: "fzf",
        argv: &["sh", "-c", "seq 200 | fzf --multi --no-info --header 'all of them' --preview 'echo preview of {}'"],
        steps: &[
            See("preview of 1"),
            Type("19"), See("preview of 19"),
            Type("\x1b[A"), See("preview of 190"), Type("\t"), See(">190"),
            Resize(SMALL), Type("\x15100"), See("preview of 100"),
            Type("\t\r"),
        ],
    }
    python_shows_the_same: {
        needs: "python3",
        argv: &["python3", "-q", "-i", "-c", "import sys; sys.ps1 = 'py> '"],
        steps: &[
            See("py> "),
            Type("print('x' * 100)\r"), See("xxxx"),
            Type("for n in range(3):\r    print(n)\r\r"), See("2\npy> "),
            Type("prinf\x02\x04t('edited')\r"), See("\nedited"),
            Type("\x1b[A"), See("\nedited\npy> print('edited')"), Type("\x03"), See("KeyboardInterrupt"),
            Type("input('name? ')\r"), See("\nname? "), Type("\u{65e5}\u{672c}\r"), See("'\u{65e5}\u{672c}'"),
            Type("\x04"),
        ],
    }
    node_shows_the_same: {
        needs: "node",
        argv: &["node", "-i"],
        steps: &[
            See("\n> "),
            Type("const answer = 6 * 7\r"), See("undefined\n> "),
            Type("answer\r"), See("\n42\n> "),
            Type("[1, 'two', {three: 3}]\r"), See("three: 3 }"),
            Type("\x1b[A\x1b[A"), See("\n> answer"), Type("\x03"), Type(".exit\r"),
        ],
    }
    htop_shows_the_same: {
        needs: "htop",
        argv: &["htop", "-p", "{pid}"],
        files: &[(
            ".config/htop/htoprc",
            "htop_version=3.2.2\nconfig_reader_min_version=3\nfields=0 48 1\nhide_userland_threads=1\nheader_layout=two_50_50\n\
            column_meters_0=Hostname\ncolumn_meter_modes_0=2\ncolumn_meters_1=\ncolumn_meter_modes_1=\nscreen:Main=PID USER PRIORITY NICE Command\n",
        )],
        steps: &[
            See("F10"),
            Type("\x1bOP"), See("htop 3"), Type("q"), Gone("Released"),
            Type("\x1bOQ"), See("Categories"), Type("\x1bOB"), See("Header Layout"), Type("\x1b[21~"), Gone("Categories"),
            // The sort menu, by a click on its key in the last row.
            Type("\x1b[<0;45;24M\x1b[<0;45;24m"), See("Sort by"), Type("\x1b"), Gone("Sort by"),
            Resize(SMALL), Type("/nobody"), See("Search: nobody"), Type("\x1b"), Gone("nobody"),
            Type("q"),
        ],
    }
    top_shows_the_same: {
        needs: "top",
        argv: &["top", "-p", "{pid}", "-d", "100"],
        steps: &[
            See("PID"),
            Type("h"), See("Help for Interactive"), Type("q"), Gone("Help"),
            Type("f"), See("Fields Management"), Type("q"), Gone("Fields"),
            Type("c"), See("sleep 60"),
            Type("q"),
        ],
        // Time, load, memory.
        masks: &[(0..5, 0..80)],
    }
    tmux_shows_the_same: {
        needs: "tmux",
        argv: &["tmux", "-L", "inner", "-f", "tmux.conf", "new-session"],
        files: &[("tmux.conf", TMUX)],
        steps: &[
            See("$ "),
            Type("echo one\r"), See("\none"),
            Type("\x02%"), See("\u{2502}$ "),
            Type("printf '\\033[1;31mred\\033[m\\n'\r"), See("red"),
            Type("\x02c"), See("2:two"),
            Type("\x02p"), See("\none"),
            Type("\x02["), See("[0/"), Type("q"), Gone("[0/"),
            Type("\x02:"), See("\n:"), Type("rename-window renamed\r"), See("renamed"),
            Type("\x02z"), See("*Z"), Resize(LARGE), See("100x30"), // tmux tells its windows a little later.
            Type("until stty size | grep '29 100'; do sleep 0.02; done\r"), See("\n29 100"),
            Type("\x02:"), See("\n:"), Type("kill-server\r"),
        ],
    }
    screen_shows_the_same: {
        needs: "screen",
        argv: &["screen", "-c", "screenrc"],
        files: &[("screenrc", "startup_message off\nshell sh\nsetenv PS1 '$ '\ndefscrollback 100\nmsgwait 100\nvbell off\n")],
        steps: &[
            See("$ "),
            Type("echo one\r"), See("\none"),
            Type("\x01S"), Type("\x01\t"), Type("\x01c"), See("1 sh"),
            Type("echo two\r"), See("\ntwo"),
            Type("\x01Q"), Gone("\none"),
            Type("\x01\\"), See("Really quit"), Type("y"),
        ],
    }
}
