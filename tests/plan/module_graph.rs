//! The module graph of a crate, read from its source files.
//!
//! A file uses another file when it names an item that the other file defines: in a `use` item, in a path of a body or
//! a signature, in the input of a macro, or in an attribute. A re-export leads to the file that defines the item.
//! A `pub use` of a parent for its own child is not a use. Items under `#[cfg(test)]` are left out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Ident, Item, UseTree, Visibility};

/// Segments of a path, as written or from the root of the crate.
type Segments = Vec<String>;

/// A re-export that leads to another re-export is followed this often.
const MOST_HOPS: usize = 8;

/// The modules of one crate by their path, inline modules included.
pub(crate) struct ModuleGraph {
    modules: BTreeMap<Segments, Module>,
}

/// One module: what it defines and what it names.
#[derive(Default)]
pub(crate) struct Module {
    /// Path of the file below `src`.
    pub(crate) file: PathBuf,
    children: BTreeSet<String>,
    items: BTreeSet<String>,
    imports: Vec<Import>,
    /// Paths outside `use` items.
    paths: BTreeSet<Segments>,
    /// Names of macros, and `async`.
    pub(crate) words: BTreeSet<String>,
}

/// One name that a `use` item brings into scope; `*` for a glob.
struct Import {
    path: Segments,
    name: String,
    public: bool,
}

/// Which names each file uses of which other file.
type Uses = BTreeMap<PathBuf, BTreeMap<PathBuf, BTreeSet<String>>>;

impl ModuleGraph {
    /// Reads the crate whose root is `src/lib.rs`.
    pub(crate) fn read(src: &Path) -> Self {
        let mut graph = Self {
            modules: BTreeMap::new(),
        };
        graph.add_file(src, Vec::new(), "lib.rs".into());
        graph
    }

    fn add_file(&mut self, src: &Path, path: Segments, file: PathBuf) {
        let text = fs::read_to_string(src.join(&file)).unwrap();
        let parsed =
            syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self.add_module(src, path, file, &parsed.items);
    }

    fn add_module(&mut self, src: &Path, path: Segments, file: PathBuf, items: &[Item]) {
        let mut module = Module {
            file: file.clone(),
            ..Module::default()
        };
        let mut inner = Vec::new();
        for item in items {
            match item {
                Item::Mod(child) if !is_for_tests(&child.attrs) => inner.push(child),
                item => module.visit_item(item),
            }
        }
        module.children = inner.iter().map(|child| child.ident.to_string()).collect();
        self.modules.insert(path.clone(), module);

        for child in inner {
            let mut path = path.clone();
            path.push(child.ident.to_string());
            match &child.content {
                Some((_, items)) => self.add_module(src, path, file.clone(), items),
                None => {
                    let folder: PathBuf = path.iter().collect();
                    let own = folder.with_extension("rs");
                    let file = if src.join(&own).exists() {
                        own
                    } else {
                        folder.join("mod.rs")
                    };
                    self.add_file(src, path, file);
                }
            }
        }
    }

    /// All modules with their paths.
    pub(crate) fn modules(&self) -> impl Iterator<Item = (&[String], &Module)> {
        self.modules
            .iter()
            .map(|(path, module)| (path.as_slice(), module))
    }

    /// The parts that a module names: the first segment of each path from the root of the crate.
    pub(crate) fn parts_used_by(&self, path: &[String]) -> BTreeSet<String> {
        let module = &self.modules[path];
        let imports = module.imports.iter().map(|import| &import.path);
        imports
            .chain(&module.paths)
            .filter_map(|named| self.absolute(path, named, MOST_HOPS)?.into_iter().next())
            .collect()
    }

    /// Every circle of files, each as a line `a.rs -> b.rs (Name) -> a.rs`. A file is in one line at most.
    pub(crate) fn circles(&self) -> Vec<String> {
        let uses = self.uses();
        let mut told = BTreeSet::new();
        let mut circles = Vec::new();
        for file in uses.keys() {
            if told.contains(file) {
                continue;
            }
            let Some(circle) = shortest_circle(&uses, file) else {
                continue;
            };
            let mut line = file.display().to_string();
            for (from, to) in circle.iter().zip(circle.iter().cycle().skip(1)) {
                let names: Vec<_> = uses[from][to].iter().map(String::as_str).collect();
                line += &format!(" -> {} ({})", to.display(), names.join(", "));
            }
            circles.push(line);
            told.extend(circle);
        }
        circles
    }

    fn uses(&self) -> Uses {
        let mut uses = Uses::new();
        for (path, module) in &self.modules {
            let mut named = Vec::new();
            for import in &module.imports {
                let target = self.definer(path, &import.path);
                // A parent that re-exports what a child defines does not use the child.
                let re_exported = target.as_ref().is_some_and(|target| target.starts_with(path));
                if !(import.public && re_exported) {
                    named.push((target, &import.path));
                }
            }
            for used in &module.paths {
                named.push((self.definer(path, used), used));
            }
            for (target, used) in named {
                let Some(target) = target else { continue };
                let file = &self.modules[&target].file;
                if *file != module.file {
                    let names = uses.entry(module.file.clone()).or_default();
                    let names = names.entry(file.clone()).or_default();
                    names.extend(used.last().cloned());
                }
            }
        }
        uses
    }

    /// Returns the module that defines what `path` names in `module`, or `None` for another crate's item.
    fn definer(&self, module: &[String], path: &[String]) -> Option<Segments> {
        let absolute = self.absolute(module, path, MOST_HOPS)?;
        Some(self.follow(&absolute, MOST_HOPS))
    }

    /// Returns a path from the root of the crate, or `None` for another crate's item.
    fn absolute(&self, module: &[String], path: &[String], hops: usize) -> Option<Segments> {
        let (first, rest) = path.split_first()?;
        let start = match first.as_str() {
            "crate" => Vec::new(),
            "self" => module.to_vec(),
            "super" => {
                let parent = &module[..module.len().checked_sub(1)?];
                return match rest.first().map(String::as_str) {
                    Some("super") => self.absolute(parent, rest, hops),
                    _ => Some([parent, rest].concat()),
                };
            }
            _ if self.modules[module].children.contains(first) => {
                return Some([module, path].concat());
            }
            _ => {
                let import = self.modules[module].import(first)?;
                self.absolute(module, &import.path, hops.checked_sub(1)?)?
            }
        };
        Some([start.as_slice(), rest].concat())
    }

    /// Returns the module that defines the item of an absolute path, through re-exports.
    fn follow(&self, absolute: &[String], hops: usize) -> Segments {
        let mut path = Segments::new();
        for (at, segment) in absolute.iter().enumerate() {
            let module = &self.modules[&path];
            if module.children.contains(segment) {
                path.push(segment.clone());
                continue;
            }
            if hops > 0
                && let Some(source) = self.re_export(&path, module, segment)
            {
                let rest = &absolute[at + 1..];
                return self.follow(&[source.as_slice(), rest].concat(), hops - 1);
            }
            break;
        }
        path
    }

    /// Returns the absolute path that a module's `use` item gives for a name.
    fn re_export(&self, path: &[String], module: &Module, name: &str) -> Option<Segments> {
        if module.items.contains(name) {
            return None;
        }
        if let Some(import) = module.import(name) {
            return self.absolute(path, &import.path, MOST_HOPS);
        }
        for glob in module.imports.iter().filter(|import| import.name == "*") {
            let Some(mut source) = self.absolute(path, &glob.path, MOST_HOPS) else {
                continue;
            };
            let target = self.follow(&source, MOST_HOPS);
            let target = &self.modules[&target];
            if target.items.contains(name) || target.import(name).is_some() {
                source.push(name.to_owned());
                return Some(source);
            }
        }
        None
    }
}

impl Module {
    fn import(&self, name: &str) -> Option<&Import> {
        self.imports.iter().find(|import| import.name == name)
    }

    /// Returns true if the module names these segments in a row, in a `use` item or elsewhere.
    pub(crate) fn names(&self, segments: &[&str]) -> bool {
        let imports = self.imports.iter().map(|import| &import.path);
        imports
            .chain(&self.paths)
            .any(|path| path.windows(segments.len()).any(|window| window == segments))
    }

    fn add_imports(&mut self, tree: &UseTree, prefix: &[String], public: bool) {
        let mut path = prefix.to_vec();
        let name = match tree {
            UseTree::Path(step) => {
                path.push(step.ident.to_string());
                return self.add_imports(&step.tree, &path, public);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_imports(tree, prefix, public);
                }
                return;
            }
            UseTree::Glob(_) => "*".to_owned(),
            UseTree::Name(name) if name.ident == "self" => prefix.last().unwrap().clone(),
            UseTree::Name(name) => {
                path.push(name.ident.to_string());
                name.ident.to_string()
            }
            UseTree::Rename(name) => {
                path.push(name.ident.to_string());
                name.rename.to_string()
            }
        };
        self.imports.push(Import { path, name, public });
    }

    /// Adds the paths in the input of a macro or an attribute, which the parser leaves as tokens.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let (mut path, mut colons) = (Segments::new(), 0);
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.add_path(std::mem::take(&mut path));
                    }
                    path.push(ident.to_string());
                    colons = 0;
                    continue;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Group(group) => self.add_tokens(group.stream()),
                // An attribute such as `#[serde(with = "crate::dates")]` names a path in a string.
                TokenTree::Literal(literal) => {
                    let text = literal.to_string();
                    let text = text.trim_matches('"');
                    if text.starts_with("crate::") || text.starts_with("super::") {
                        self.add_path(text.split("::").map(str::to_owned).collect());
                    }
                }
                TokenTree::Punct(_) => {}
            }
            self.add_path(std::mem::take(&mut path));
            colons = 0;
        }
        self.add_path(path);
    }

    /// Adds a path of two segments or more; a single name has an import of its own, or is local.
    fn add_path(&mut self, path: Segments) {
        if path.len() > 1 {
            self.paths.insert(path);
        }
    }
}

impl<'ast> Visit<'ast> for Module {
    fn visit_item(&mut self, item: &'ast Item) {
        let (name, attributes) = name_and_attributes(item);
        if !is_for_tests(attributes) {
            self.items.extend(name.map(Ident::to_string));
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !is_for_tests(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let public = !matches!(item.vis, Visibility::Inherited);
        self.add_imports(&item.tree, &[], public);
    }

    /// Does nothing: `pub(super)` is not a use of the parent.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path.segments.iter();
        self.add_path(segments.map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if let Some(name) = call.path.segments.last() {
            self.words.insert(format!("{}!", name.ident));
        }
        self.visit_path(&call.path);
        self.add_tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.add_tokens(list.tokens.clone());
        }
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        if signature.asyncness.is_some() {
            self.words.insert("async".to_owned());
        }
        visit::visit_signature(self, signature);
    }

    fn visit_expr_async(&mut self, block: &'ast syn::ExprAsync) {
        self.words.insert("async".to_owned());
        visit::visit_expr_async(self, block);
    }
}

fn name_and_attributes(item: &Item) -> (Option<&Ident>, &[Attribute]) {
    match item {
        Item::Const(item) => (Some(&item.ident), &item.attrs),
        Item::Enum(item) => (Some(&item.ident), &item.attrs),
        Item::Fn(item) => (Some(&item.sig.ident), &item.attrs),
        Item::Impl(item) => (None, &item.attrs),
        Item::Macro(item) => (item.ident.as_ref(), &item.attrs),
        Item::Mod(item) => (Some(&item.ident), &item.attrs),
        Item::Static(item) => (Some(&item.ident), &item.attrs),
        Item::Struct(item) => (Some(&item.ident), &item.attrs),
        Item::Trait(item) => (Some(&item.ident), &item.attrs),
        Item::Type(item) => (Some(&item.ident), &item.attrs),
        Item::Use(item) => (None, &item.attrs),
        _ => (None, &[]),
    }
}

/// Returns true for `#[cfg(test)]` and `#[cfg(all(test, …))]`.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) if list.path.is_ident("cfg") => requires_test(list.tokens.clone()),
        _ => false,
    })
}

fn requires_test(condition: TokenStream) -> bool {
    let tokens: Vec<TokenTree> = condition.into_iter().collect();
    match tokens.as_slice() {
        [TokenTree::Ident(all), TokenTree::Group(group)] if all == "all" => {
            let mut inner = group.stream().into_iter();
            inner.any(|token| matches!(token, TokenTree::Ident(word) if word == "test"))
        }
        [TokenTree::Ident(word)] => word == "test",
        _ => false,
    }
}

/// Returns the files of the shortest circle through `start`, which comes first.
fn shortest_circle(uses: &Uses, start: &Path) -> Option<Vec<PathBuf>> {
    let mut came_from: BTreeMap<&Path, &Path> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(file) = queue.pop_front() {
        for next in uses.get(file).into_iter().flat_map(BTreeMap::keys) {
            if next == start {
                let mut circle = vec![file.to_owned()];
                let mut at = file;
                while at != start {
                    at = came_from[at];
                    circle.push(at.to_owned());
                }
                circle.reverse();
                return Some(circle);
            }
            if !came_from.contains_key(next.as_path()) {
                came_from.insert(next, file);
                queue.push_back(next);
            }
        }
    }
    None
}
