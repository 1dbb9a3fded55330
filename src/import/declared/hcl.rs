//! Terraform's configuration language: resources with the values that the files alone tell.
//!
//! Literals are known, and so are references to literals: locals, and arguments of resources and data sources. The ids of
//! resource groups and subnets follow from their arguments and the subscription. Everything else depends on a run: variables,
//! functions, conditions, loops. It stays an expression with its place.

use std::collections::BTreeMap;

use hcl_edit::Span;
use hcl_edit::expr::{Expression, ObjectKey, Traversal, TraversalOperator};
use hcl_edit::structure::{Block, Body, Structure};
use hcl_edit::template::Element;
use serde_json::Value;

use super::budget::Budget;
use super::node::{Node, NodeValue};
use super::terraform::{Resource, is_registry_kind};

/// Longest chain of references.
const MOST_HOPS: usize = 16;
/// Longest text of an expression in a message.
const LONGEST: usize = 80;

/// A file of a configuration.
struct ParsedFile<'a> {
    name: &'a str,
    text: &'a str,
    /// Offsets of the beginnings of lines.
    lines: Vec<usize>,
    body: Body,
}

/// The resources of a configuration, and the places that only a run can tell more about.
#[derive(Debug, Default)]
pub(crate) struct Configuration {
    pub(crate) resources: Vec<Resource>,
    /// Resources that a run makes none or several of, with the reason.
    pub(crate) repeated: Vec<(String, String)>,
    /// Places of calls of modules.
    pub(crate) modules: Vec<String>,
}

/// Reads the files of one configuration, each with its name. Resources are in `subscription`, if it is given, unless they name
/// a provider of their own.
///
/// # Errors
/// A file is not HCL. The error names the file and the place.
pub(crate) fn configuration(
    files: &[(String, String)],
    subscription: Option<&str>,
) -> Result<Configuration, String> {
    let mut parsed = Vec::new();
    for (name, text) in files {
        parsed.push(ParsedFile::parse(name, text)?);
    }
    let scope = Scope::of(&parsed, subscription);
    let mut all = Configuration::default();
    for file in &parsed {
        for block in file.body.blocks() {
            scope.add(file, block, &mut all);
        }
    }
    Ok(all)
}

impl<'a> ParsedFile<'a> {
    fn parse(name: &'a str, text: &'a str) -> Result<Self, String> {
        let body = hcl_edit::parser::parse_body(text).map_err(|error| {
            let at = error.location();
            format!("{name}:{}:{}: {}", at.line(), at.column(), error.message())
        })?;
        let mut lines = vec![0];
        for (at, _) in text.match_indices('\n') {
            lines.push(at + 1);
        }
        Ok(Self {
            name,
            text,
            lines,
            body,
        })
    }

    /// Returns the place of an item, such as `main.tf:12`.
    fn place(&self, item: &impl Span) -> String {
        let start = item.span().map_or(0, |span| span.start);
        let line = self.lines.partition_point(|begin| *begin <= start);
        format!("{}:{line}", self.name)
    }

    /// Returns the text of an expression, on one line and not too long.
    fn written(&self, expression: &Expression) -> String {
        let span = expression.span().unwrap_or_default();
        let text = self.text.get(span).unwrap_or("an expression");
        let mut short: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some((end, _)) = short.char_indices().nth(LONGEST) {
            short.truncate(end);
            short += "…";
        }
        short
    }
}

/// What references lead to.
struct Scope<'a> {
    budget: Budget,
    subscription: Option<&'a str>,
    /// Values of `locals`, by name.
    locals: BTreeMap<&'a str, (&'a ParsedFile<'a>, &'a Expression)>,
    /// Bodies of resources by address, such as `azurerm_resource_group.rg` and `data.azurerm_subnet.build`.
    resources: BTreeMap<String, (&'a ParsedFile<'a>, &'a Body)>,
}

impl<'a> Scope<'a> {
    fn of(files: &'a [ParsedFile<'a>], subscription: Option<&'a str>) -> Self {
        let mut scope = Self {
            budget: Budget::new(),
            subscription,
            locals: BTreeMap::new(),
            resources: BTreeMap::new(),
        };
        for file in files {
            for block in file.body.blocks() {
                if block.has_ident("locals") {
                    for attribute in block.body.attributes() {
                        scope
                            .locals
                            .insert(attribute.key.as_str(), (file, &attribute.value));
                    }
                } else if let Some(address) = address(block)
                    && repetition(&block.body).is_none()
                {
                    scope.resources.insert(address, (file, &block.body));
                }
            }
        }
        scope
    }

    /// Adds what a block of the top level declares.
    fn add(&self, file: &ParsedFile<'_>, block: &Block, all: &mut Configuration) {
        let place = file.place(block);
        if block.has_ident("module") {
            let name = block.labels.first().map_or("", |label| label.as_str());
            all.modules.push(format!("{place} module `{name}`"));
        }
        let (true, Some(address)) = (block.has_ident("resource"), address(block)) else {
            return;
        };
        let kind = block.labels[0].as_str();
        if !is_registry_kind(kind) {
            return;
        }
        let resource = Resource {
            place: format!("{place} {address}"),
            kind: kind.to_owned(),
            values: self.block(file, &block.body, 0, place),
        };
        match repetition(&block.body) {
            Some(keyword) if resource.registry().is_some() => {
                all.repeated.push((resource.place, keyword.to_owned()));
            }
            Some(_) => {}
            None => all.resources.push(resource),
        }
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
                // A dynamic block makes blocks of the kind that its label says.
                Structure::Block(block) if block.has_ident("dynamic") => {
                    let kind = block.labels.first().map_or("", |label| label.as_str());
                    let unresolved = NodeValue::Unresolved(format!("dynamic \"{kind}\""));
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
            Expression::Object(object) => {
                let mut entries = Vec::new();
                for (key, value) in object {
                    entries.push((key_of(key), self.node(file, value.expr(), hops)));
                }
                NodeValue::Map(entries)
            }
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
                let (file, body) = *self.resources.get(&address)?;
                match body.get_attribute(argument) {
                    Some(written) => (file, &written.value),
                    None if argument == "id" => return self.computed_id(&names, file, body, hops),
                    None => return None,
                }
            }
            [] => return None,
        };
        Some(self.node(file, expression, hops))
    }
}

impl Scope<'_> {
    /// Makes the id of a resource group or subnet from its arguments (docs: provider azurerm).
    fn computed_id(
        &self,
        names: &[&str],
        file: &ParsedFile<'_>,
        body: &Body,
        hops: usize,
    ) -> Option<Node> {
        // Another provider may be one of another subscription.
        if body.has_attribute("provider") {
            return None;
        }
        let mut id = format!("/subscriptions/{}/resourceGroups/", self.subscription?);
        match names[names.len().checked_sub(3)?] {
            "azurerm_resource_group" => id += &self.part(file, body, "name", hops)?,
            "azurerm_subnet" => {
                let network = "providers/Microsoft.Network/virtualNetworks";
                id += &format!(
                    "{}/{network}/{}/subnets/{}",
                    self.part(file, body, "resource_group_name", hops)?,
                    self.part(file, body, "virtual_network_name", hops)?,
                    self.part(file, body, "name", hops)?
                );
            }
            _ => return None,
        }
        Some(Node::new(file.place(body), NodeValue::Scalar(id.into())))
    }

    /// Returns the text of an argument, if it is known.
    fn part(&self, file: &ParsedFile<'_>, body: &Body, argument: &str, hops: usize) -> Option<String> {
        let written = body.get_attribute(argument)?;
        let node = self.node(file, &written.value, hops);
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

/// Returns the address of a resource or data source.
fn address(block: &Block) -> Option<String> {
    let [kind, name] = &block.labels[..] else {
        return None;
    };
    let address = format!("{}.{}", kind.as_str(), name.as_str());
    match block.ident.as_str() {
        "resource" => Some(address),
        "data" => Some(format!("data.{address}")),
        _ => None,
    }
}

/// Returns the argument that makes none or several of a resource.
fn repetition(body: &Body) -> Option<&'static str> {
    ["count", "for_each"]
        .into_iter()
        .find(|keyword| body.has_attribute(keyword))
}

fn key_of(key: &ObjectKey) -> String {
    match key {
        ObjectKey::Ident(ident) => ident.as_str().to_owned(),
        ObjectKey::Expression(Expression::String(text)) => text.as_str().to_owned(),
        // A computed key names no key of ARM.
        ObjectKey::Expression(_) => String::new(),
    }
}
