//! Specs as people write them: styles, comments, anchors and line ends, from a seed.

use crate::azure_bodies::registry_id;
use crate::chance::Chance;

/// A named subnet of every file.
pub(crate) const BUILD: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/network/providers/\
                                Microsoft.Network/virtualNetworks/hub/subnets/build";
const AGENTS: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/network/providers/\
                      Microsoft.Network/virtualNetworks/hub/subnets/agents";

/// A spec of the registries `contoso` and `fabrikam`.
#[derive(Debug)]
pub(crate) struct SpecFile {
    pub(crate) text: String,
    /// The ranges that entries of `contoso` list on their own.
    pub(crate) own: Vec<String>,
}

/// The choices of one file.
struct Style {
    chance: Chance,
    /// Blanks before a key inside of a block.
    indent: usize,
    /// True if a list has the indentation of its key.
    flush: bool,
    quote: &'static str,
    line_end: &'static str,
}

/// Returns files of all styles.
pub(crate) fn files(number: u64) -> Vec<SpecFile> {
    (0..number).map(file).collect()
}

fn file(seed: u64) -> SpecFile {
    let mut chance = Chance::new(seed);
    let indent = *chance.pick(&[2, 2, 4, 3]);
    let flush = chance.below(3) == 0;
    let quote = chance.pick(&["", "", "'", "\""]);
    let line_end = chance.pick(&["\n", "\n", "\r\n"]);
    let mut style = Style {
        chance,
        indent,
        flush,
        quote,
        line_end,
    };
    let mut own = Vec::new();
    let text = style.file(&mut own);
    SpecFile { text, own }
}

impl Style {
    fn one_in(&mut self, number: usize) -> bool {
        self.chance.below(number) == 0
    }

    fn file(&mut self, own: &mut Vec<String>) -> String {
        let mut lines: Vec<String> = Vec::new();
        if self.one_in(2) {
            lines.push("# keep: the registries of the platform team".to_owned());
        }
        if self.one_in(3) {
            lines.push("---".to_owned());
        }
        lines.push("version: 1".to_owned());
        let anchored = self.one_in(2);
        if anchored {
            lines.push("x-shared: &vpn 203.0.113.200   # keep".to_owned());
        }
        lines.push("networks:".to_owned());
        lines.push(format!(
            "{}offices: [203.0.113.0/26, '198.51.100.16/28']",
            self.blanks(1)
        ));
        lines.push("subnets:".to_owned());
        lines.push(format!("{}build: {BUILD}", self.blanks(1)));
        lines.push(format!("{}agents: {AGENTS}", self.blanks(1)));
        if self.one_in(2) {
            lines.push(String::new());
            lines.push("# keep: below".to_owned());
        }
        lines.push("registries:".to_owned());
        let before = self.one_in(2);
        if before {
            self.other(&mut lines);
        }
        self.contoso(&mut lines, anchored, own);
        if !before {
            self.other(&mut lines);
        }
        self.end(lines)
    }

    fn end(&mut self, mut lines: Vec<String>) -> String {
        match self.chance.below(4) {
            0 => lines.push("# keep: the end".to_owned()),
            1 => lines.push("...".to_owned()),
            _ => {}
        }
        let mut text = lines.join(self.line_end);
        if !self.one_in(4) {
            text += self.line_end;
        }
        if self.one_in(8) {
            text.insert(0, '\u{feff}');
        }
        text
    }

    fn blanks(&self, levels: usize) -> String {
        " ".repeat(self.indent * levels)
    }

    /// Blanks before the entries of `registries`.
    fn outer(&self) -> String {
        if self.flush { String::new() } else { self.blanks(1) }
    }

    fn other(&mut self, lines: &mut Vec<String>) {
        lines.push(format!("{}- id: {}", self.outer(), registry_id("fabrikam")));
        lines.push(format!(
            "{}  ipRules: [offices, 192.0.2.200] # keep",
            self.outer()
        ));
    }

    fn contoso(&mut self, lines: &mut Vec<String>, anchored: bool, own: &mut Vec<String>) {
        let outer = self.outer();
        lines.push(format!("{outer}- id: {} # keep", registry_id("contoso")));
        if self.one_in(2) {
            lines.push(format!("{outer}  defaultAction: Deny"));
        }
        let mut entries = vec![self.quoted("offices")];
        if anchored {
            entries.push("*vpn".to_owned());
            own.push("203.0.113.200".to_owned());
        }
        for index in 0..self.chance.below(6) {
            let range = format!("192.0.2.{}", index + 1);
            entries.push(self.quoted(&range));
            own.push(range);
        }
        for index in 0..self.chance.below(3) {
            let range = format!("192.0.2.{}", 64 + index);
            let quoted = self.quoted(&range);
            entries.push(match self.one_in(2) {
                true => format!("{{cidr: {quoted}, reason: \"a, b: c # d\"}}"),
                false => format!("{{ cidr: {quoted}, owner: ops }}"),
            });
            own.push(range);
        }
        let from = self.chance.below(entries.len());
        entries.rotate_left(from);
        match self.chance.below(4) {
            0 => self.flow(lines, &entries),
            1 => self.flow_lines(lines, &entries),
            _ => self.block(lines, &entries),
        }
        match self.chance.below(3) {
            0 => lines.push(format!("{outer}  subnets: [agents]   # keep")),
            1 => {
                lines.push(format!("{outer}  subnets:"));
                lines.push(format!("{outer}    - agents"));
            }
            _ => lines.push(format!("{outer}  subnets: []")),
        }
        if self.one_in(3) {
            lines.push(String::new());
            lines.push(format!("{outer}  # keep: after contoso"));
        }
    }

    fn quoted(&self, text: &str) -> String {
        format!("{}{text}{}", self.quote, self.quote)
    }

    fn flow(&mut self, lines: &mut Vec<String>, entries: &[String]) {
        let anchor = if self.one_in(3) { "&rules " } else { "" };
        let (open, close) = match self.one_in(3) {
            true => ("[ ", " ]"),
            false => ("[", "]"),
        };
        let comment = if self.one_in(2) { "  # keep" } else { "" };
        let entries = entries.join(", ");
        lines.push(format!(
            "{}  ipRules: {anchor}{open}{entries}{close}{comment}",
            self.outer()
        ));
    }

    fn flow_lines(&mut self, lines: &mut Vec<String>, entries: &[String]) {
        let outer = self.outer();
        lines.push(format!("{outer}  ipRules: [ # keep"));
        let trailing = self.one_in(2);
        for (index, entry) in entries.iter().enumerate() {
            let is_last = index + 1 == entries.len();
            let comma = if is_last && !trailing { "" } else { "," };
            let comment = if self.one_in(3) { "  # goes, too" } else { "" };
            lines.push(format!("{outer}      {entry}{comma}{comment}"));
        }
        lines.push(format!("{outer}  ]"));
    }

    fn block(&mut self, lines: &mut Vec<String>, entries: &[String]) {
        let outer = self.outer();
        let comment = if self.one_in(3) { "   # keep: who" } else { "" };
        lines.push(format!("{outer}  ipRules:{comment}"));
        let inner = if self.flush { "  " } else { "      " };
        let gap = self.chance.pick(&[" ", " ", "   "]).to_owned();
        for entry in entries {
            if self.one_in(4) {
                lines.push(format!("{outer}{inner}# keep: a note"));
            }
            if self.one_in(8) {
                lines.push(String::new());
            }
            let comment = if self.one_in(3) { "  # goes, too" } else { "" };
            let start = format!("{outer}{inner}-{gap}");
            match entry.strip_prefix("{ cidr: ") {
                // A mapping can have a line for each key.
                Some(rest) if self.one_in(2) => {
                    let range = rest.split(',').next().expect("a range").to_owned();
                    lines.push(format!("{start}cidr: {range}{comment}"));
                    lines.push(format!("{}owner: ops", " ".repeat(start.len())));
                }
                _ => lines.push(format!("{start}{entry}{comment}")),
            }
        }
        if self.one_in(3) {
            lines.push(format!("{outer}{inner}# keep: the end of the list"));
        }
    }
}
