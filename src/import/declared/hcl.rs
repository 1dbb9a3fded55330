//! Terraform's configuration language: resources with the values that the files alone tell.
//!
//! Literals are known, and so are references to literals: locals, and arguments of resources and data sources. The ids of
//! resource groups and subnets follow from their arguments and the subscription. Everything else depends on a run: variables,
//! functions, conditions, loops. It stays an expression with its place.

use std::collections::BTreeMap;
use std::path::PathBuf;

use hcl_edit::expr::{Expression, Object, ObjectKey, Traversal, TraversalOperator};
use hcl_edit::structure::{Body, Structure};
use hcl_edit::template::Element;
use serde_json::Value;

use super::blocks::{MergedBlock, merged_blocks};
use super::budget::Budget;
use super::hcl_file::ParsedFile;
use super::node::{Node, NodeValue};
use super::registry::SaidSubscription;
use super::terraform::{LIFECYCLE, Resource, is_registry_kind};

/// Longest chain of references.
const MOST_HOPS: usize = 16;

/// The resources of a configuration, and the places that only a run can tell more about.
#[derive(Debug, Default)]
pub(crate) struct Configuration {
    pub(crate) resources: Vec<Resource>,
    /// Resources that a run makes none or several of, with the reason.
    pub(crate) repeated: Vec<(String, String)>,
    /// Places of calls of modules.
    pub(crate) modules: Vec<String>,
}

/// Reads the files of configurations, each with its name. Resources are in `subscription`, if it is given, unless they name
/// a provider of their own.
///
/// # Errors
/// A file is not HCL. The error names the file and the place.
pub(crate) fn configuration(
    files: &[(String, String)],
    subscription: Option<&str>,
) -> Result<Configuration, String> {
    // Each folder is a configuration of its own, whose names no other one knows (docs: Terraform, Files and Configuration
    // Structure).
    let mut folders: BTreeMap<PathBuf, Vec<ParsedFile<'_>>> = BTreeMap::new();
    for (name, text) in files {
        let file = ParsedFile::parse(name, text)?;
        folders.entry(file.folder()).or_default().push(file);
    }
    let (mut all, budget) = (Configuration::default(), Budget::new());
    for parsed in folders.values_mut() {
        // What overrides comes after what it overrides.
        parsed.sort_by_key(ParsedFile::overrides);
        let blocks = merged_blocks(parsed);
        let scope = Scope::of(parsed, &blocks, subscription, &budget);
        for block in &blocks {
            scope.add(block, &mut all);
        }
        for file in parsed.iter() {
            all.add_modules(file);
        }
    }
    Ok(all)
}

impl Configuration {
    fn add_modules(&mut self, file: &ParsedFile<'_>) {
        for block in file.body.blocks().filter(|block| block.has_ident("module")) {
            let name = block.labels.first().map_or("", |label| label.as_str());
            self.modules
                .push(format!("{} module `{name}`", file.place(block)));
        }
    }
}

/// What references lead to.
struct Scope<'a> {
    budget: &'a Budget,
    subscription: Option<&'a str>,
    /// Values of `locals`, by name.
    locals: BTreeMap<&'a str, (&'a ParsedFile<'a>, &'a Expression)>,
    /// Resources, data sources and providers by address.
    blocks: BTreeMap<&'a str, &'a MergedBlock<'a>>,
}

impl<'a> Scope<'a> {
    fn of(
        files: &'a [ParsedFile<'a>],
        blocks: &'a [MergedBlock<'a>],
        subscription: Option<&'a str>,
        budget: &'a Budget,
    ) -> Self {
        let mut scope = Self {
            budget,
            subscription,
            locals: BTreeMap::new(),
            blocks: BTreeMap::new(),
        };
        for file in files {
            for block in file.body.blocks().filter(|block| block.has_ident("locals")) {
                for attribute in block.body.attributes() {
                    let named = (file, &attribute.value);
                    scope.locals.insert(attribute.key.as_str(), named);
                }
            }
        }
        for block in blocks {
            scope.blocks.insert(&block.address, block);
        }
        scope
    }

    /// Adds the registry that a block declares.
    fn add(&self, block: &MergedBlock<'a>, all: &mut Configuration) {
        let Some(kind) = block.resource_kind().filter(|kind| is_registry_kind(kind)) else {
            return;
        };
        let resource = Resource {
            place: format!("{} {}", block.place(), block.address),
            kind: kind.to_owned(),
            subscription: self.subscription_of(block, 0),
            values: self.merged(block),
            sensitive: Vec::new(),
        };
        match block.repetition() {
            Some(keyword) if resource.registry().is_some() => {
                all.repeated.push((resource.place, keyword.to_owned()));
            }
            Some(_) => {}
            None => all.resources.push(resource),
        }
    }

    /// Reads a block with what overrides it: an argument, or the blocks of a kind, replace the earlier ones.
    fn merged(&self, block: &MergedBlock<'a>) -> Node {
        let mut entries: Vec<(String, Node)> = Vec::new();
        for (file, part) in &block.parts {
            let read = self.block(file, &part.body, 0, file.place(*part));
            let NodeValue::Map(found) = read.value else {
                continue;
            };
            // Terraform merges the arguments inside of `lifecycle` instead.
            entries.retain(|(key, _)| key == LIFECYCLE || !found.iter().any(|(new, _)| new == key));
            entries.extend(found);
        }
        Node::new(block.place(), NodeValue::Map(entries))
    }

    /// Reads the attributes and blocks of a body as a map. Blocks of one kind become a list.
    fn block(&self, file: &ParsedFile<'_>, body: &Body, hops: usize, place: String) -> Node {
        let mut entries: Vec<(String, Node)> = Vec::new();
        for structure in body {
            match structure {
                Structure::Attribute(attribute) => {
                    let node = self.node(file, &attribute.value, hops);
                    entries.push((attribute.key.as_str().to_owned(), node));
                }
                // A dynamic block makes blocks of the kind that its label says, beside those that are written.
                Structure::Block(block) if block.has_ident("dynamic") => {
                    let kind = block.labels.first().map_or("", |label| label.as_str());
                    let unresolved = NodeValue::Unresolved(format!("dynamic \"{kind}\""));
                    entries.retain(|(key, _)| key != kind);
                    entries.push((kind.to_owned(), Node::new(file.place(block), unresolved)));
                }
                Structure::Block(block) => {
                    let node = self.block(file, &block.body, hops, file.place(block));
                    add_block(&mut entries, block.ident.as_str(), node);
                }
            }
        }
        Node::new(place, NodeValue::Map(entries))
    }

    /// Reads an expression as far as the files tell its value.
    fn node(&self, file: &ParsedFile<'_>, expression: &Expression, hops: usize) -> Node {
        let length = expression.as_str().map_or(0, str::len);
        if !self.budget.spend(length) {
            let unresolved = NodeValue::Unresolved(file.written(expression));
            return Node::new(file.place(expression), unresolved);
        }
        let value = match expression {
            Expression::Null(_) => NodeValue::Scalar(Value::Null),
            Expression::Bool(flag) => NodeValue::Scalar(Value::Bool(**flag)),
            Expression::String(text) => NodeValue::Scalar(Value::String(text.as_str().to_owned())),
            Expression::Number(number) => NodeValue::Scalar(Value::String(number.value().to_string())),
            Expression::Array(array) => {
                let entries = array.iter().map(|entry| self.node(file, entry, hops));
                NodeValue::List(entries.collect())
            }
            Expression::Object(object) => match self.object(file, object, hops) {
                Some(entries) => NodeValue::Map(entries),
                None => NodeValue::Unresolved(file.written(expression)),
            },
            Expression::Parenthesis(inner) => return self.node(file, inner.inner(), hops),
            Expression::StringTemplate(template) => match self.joined(file, template.iter(), hops) {
                Some(text) => NodeValue::Scalar(Value::String(text)),
                None => NodeValue::Unresolved(file.written(expression)),
            },
            // azapi's body is often written so, and means the object itself.
            Expression::FuncCall(call)
                if call.name.name.as_str() == "jsonencode" && !call.name.is_namespaced() =>
            {
                match call.args.iter().next() {
                    Some(argument) => return self.node(file, argument, hops),
                    None => NodeValue::Unresolved(file.written(expression)),
                }
            }
            Expression::Traversal(traversal) if hops < MOST_HOPS => {
                match self.followed(traversal, hops + 1) {
                    Some(node) => return node,
                    None => NodeValue::Unresolved(file.written(expression)),
                }
            }
            _ => NodeValue::Unresolved(file.written(expression)),
        };
        Node::new(file.place(expression), value)
    }

    /// Reads the entries of an object. A computed key can be any key, so that the files do not tell the object then.
    fn object(
        &self,
        file: &ParsedFile<'_>,
        object: &Object,
        hops: usize,
    ) -> Option<Vec<(String, Node)>> {
        let mut entries = Vec::new();
        for (key, value) in object {
            let key = match key {
                ObjectKey::Ident(ident) => ident.as_str(),
                ObjectKey::Expression(key) => key.as_str()?,
            };
            entries.push((key.to_owned(), self.node(file, value.expr(), hops)));
        }
        Some(entries)
    }

    /// Joins the parts of a template, if all of them are known texts.
    fn joined<'t>(
        &self,
        file: &ParsedFile<'_>,
        elements: impl Iterator<Item = &'t Element>,
        hops: usize,
    ) -> Option<String> {
        let mut text = String::new();
        for element in elements {
            match element {
                Element::Literal(literal) => text += literal,
                Element::Interpolation(part) => text += self.node(file, &part.expr, hops).text()?,
                Element::Directive(_) => return None,
            }
        }
        Some(text)
    }

    /// Follows `local.NAME`, and `TYPE.NAME.ARGUMENT` to an argument that is written.
    fn followed(&self, traversal: &Traversal, hops: usize) -> Option<Node> {
        let Expression::Variable(first) = &traversal.expr else {
            return None;
        };
        let mut names = vec![first.as_str()];
        for operator in &traversal.operators {
            let TraversalOperator::GetAttr(name) = operator.value() else {
                return None;
            };
            names.push(name.as_str());
        }
        let (file, expression) = match names[..] {
            ["local", name] => *self.locals.get(name)?,
            [.., argument] => {
                let address = names[..names.len() - 1].join(".");
                let block = *self.blocks.get(address.as_str())?;
                if block.repetition().is_some() {
                    return None;
                }
                match block.argument(argument) {
                    Some(written) => written,
                    None if argument == "id" => return self.computed_id(&names, block, hops),
                    None => return None,
                }
            }
            [] => return None,
        };
        Some(self.node(file, expression, hops))
    }

    /// Returns what the files say about the subscription of the block's provider.
    fn subscription_of(&self, block: &MergedBlock<'a>, hops: usize) -> SaidSubscription {
        let default = block.default_provider();
        let given = block.argument("provider");
        let name = match given {
            Some((file, expression)) => file.written(expression).trim_matches('"').to_owned(),
            None => default.to_owned(),
        };
        let provider = self.blocks.get(format!("provider.{name}").as_str());
        let said = provider.and_then(|provider| provider.argument("subscription_id"));
        let said = said.map(|(file, expression)| self.node(file, expression, hops));
        match (said, given) {
            (Some(node), _) if node.text().is_some() => SaidSubscription::Named(node),
            (Some(node), _) if name == default => SaidSubscription::Open(node),
            (Some(node), _) => SaidSubscription::Named(node),
            (None, Some((file, expression))) if name != default => {
                let place = file.place(expression);
                SaidSubscription::Named(Node::new(place, NodeValue::Unresolved(name)))
            }
            (None, _) => SaidSubscription::Nothing,
        }
    }

    /// Makes the id of a resource group or subnet from its arguments (docs: provider azurerm).
    fn computed_id(&self, names: &[&str], block: &MergedBlock<'a>, hops: usize) -> Option<Node> {
        let subscription = match self.subscription_of(block, hops) {
            SaidSubscription::Named(node) => node.text()?.to_owned(),
            SaidSubscription::Open(_) | SaidSubscription::Nothing => self.subscription?.to_owned(),
        };
        let mut id = format!("/subscriptions/{subscription}/resourceGroups/");
        match names[names.len().checked_sub(3)?] {
            "azurerm_resource_group" => id += &self.part(block, "name", hops)?,
            "azurerm_subnet" => {
                let network = "providers/Microsoft.Network/virtualNetworks";
                id += &format!(
                    "{}/{network}/{}/subnets/{}",
                    self.part(block, "resource_group_name", hops)?,
                    self.part(block, "virtual_network_name", hops)?,
                    self.part(block, "name", hops)?
                );
            }
            _ => return None,
        }
        Some(Node::new(block.place(), NodeValue::Scalar(id.into())))
    }

    /// Returns the text of an argument, if it is known.
    fn part(&self, block: &MergedBlock<'a>, argument: &str, hops: usize) -> Option<String> {
        let (file, written) = block.argument(argument)?;
        let node = self.node(file, written, hops);
        node.text().map(str::to_owned)
    }
}

/// Adds a block to the list of its kind.
fn add_block(entries: &mut Vec<(String, Node)>, kind: &str, node: Node) {
    for (key, list) in entries.iter_mut() {
        if key != kind {
            continue;
        }
        // A dynamic block of the same kind leaves the whole list open.
        if let NodeValue::List(blocks) = &mut list.value {
            blocks.push(node);
        }
        return;
    }
    let place = node.place.clone();
    entries.push((kind.to_owned(), Node::new(place, NodeValue::List(vec![node]))));
}
