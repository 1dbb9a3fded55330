//! Hostile specs stay within 200 MB. The measurement runs in a process of its own, since the allocator counts for all
//! threads.

use std::process::Command;

use peak_alloc::PeakAlloc;
use ringfence::spec;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Slightly below the largest size that is read.
const SIZE: usize = 10 * 1024 * 1024 - 4096;

fn filled(piece: &str) -> String {
    piece.repeat(SIZE / piece.len())
}

/// A name for many ranges, in the rules of many registries.
fn multiplying_names() -> String {
    let ranges: Vec<String> = (0..10_000)
        .map(|n| format!("20.{}.{}.0/24", n / 256, n % 256))
        .collect();
    let registry = |n| {
        format!(
            "  - id: /subscriptions/s/resourceGroups/r/providers/Microsoft.ContainerRegistry/registries/registry{n}\n    \
             ipRules: [many]\n"
        )
    };
    let registries: String = (0..10_000).map(registry).collect();
    format!(
        "version: 1\nnetworks:\n  many: [{}]\nregistries:\n{registries}",
        ranges.join(", ")
    )
}

/// Nine aliases of nine aliases, 30 levels deep.
fn alias_bomb() -> String {
    let mut yaml = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..30 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        yaml += &format!("a{level}: &a{level} [{aliases}]\n");
    }
    yaml
}

#[test]
fn hostile_specs_stay_within_200_megabytes() {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "spec::memory::measure_hostile_specs", "--ignored"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && text.contains("1 passed"), "{text}");
}

#[test]
#[ignore = "runs alone, as a child of `hostile_specs_stay_within_200_megabytes`"]
fn measure_hostile_specs() {
    let unknown_keys: String = (0..SIZE / 12).map(|n| format!("k{n:07}: 1\n")).collect();
    let hostile = [
        ("nesting", filled("[")),
        ("mappings in mappings", filled("{a: ")),
        ("aliases of aliases", alias_bomb()),
        ("names that multiply", multiplying_names()),
        ("unknown keys", unknown_keys),
        ("the same key again and again", filled("a: 1\n")),
        ("one line", format!("version: {}", filled("x"))),
        (
            "an empty list of everything",
            format!("version: 1\nregistries: [{}]", filled("{},")),
        ),
        (
            "small texts",
            format!("version: 1\nnetworks: {{a: [{}]}}", filled("x,")),
        ),
        ("comments", filled("# nothing\n")),
        ("documents", filled("---\n")),
    ];
    for (what, yaml) in hostile {
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        spec::load_str("a.yaml", &yaml, "2026-11-21".parse().unwrap()).expect_err(what);
        let megabytes = (MEMORY.peak_usage() - before) / (1024 * 1024);
        println!(
            "{what}: {megabytes} MB besides the text of {} MB",
            yaml.len() >> 20
        );
        assert!(megabytes + (yaml.len() >> 20) < 200, "{what} took {megabytes} MB");
    }
}
