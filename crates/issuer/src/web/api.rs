//! The API's description as a page for people, made from `openapi.yaml`.
//!
//! Of Markdown it knows paragraphs, code and strong emphasis.

use maud::{Markup, html};
use serde_yaml_ng::Value;

use super::components::{lead, table};
use super::layout::Page;

const TITLE: &str = "API";
const NEEDED: &str = "needed";
const OPTIONAL: &str = "optional";
const FIELDS: [&str; 4] = ["Field", "Type", "Needed", "What it says"];

/// The page. What is not YAML is shown as it is.
pub(super) fn render(openapi: &str) -> Page {
    let main = match serde_yaml_ng::from_str::<Value>(openapi) {
        Ok(root) if root.is_mapping() => Document(&root).main(),
        _ => html! { h1 { (TITLE) } pre { (openapi) } },
    };
    Page::new(TITLE, main).within("/for-developers").below("/", "Home").below("/for-developers", "For developers")
}

/// One line of text with `code` and **strong** in it.
fn inline(text: &str) -> Markup {
    let marked = |text: &str| {
        let parts = text.split('`').enumerate().map(|(n, part)| (n % 2 == 1, part.to_owned()));
        parts.collect::<Vec<_>>()
    };
    html! {
        @for (n, part) in text.trim().split("**").enumerate() {
            @if n % 2 == 1 {
                strong { (part) }
            } @else {
                @for (is_code, part) in marked(part) {
                    @if is_code { code { (part) } } @else { (part) }
                }
            }
        }
    }
}

fn prose(text: &str) -> Markup {
    let paragraphs = text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty());
    html! { @for paragraph in paragraphs { p { (inline(paragraph)) } } }
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn members<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = (&'v str, &'v Value)> {
    let mapping = value.get(key).and_then(Value::as_mapping);
    mapping.into_iter().flatten().filter_map(|(name, member)| Some((name.as_str()?, member)))
}

fn items<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_sequence).into_iter().flatten()
}

fn rows_of<const N: usize>(caption: &str, heads: &[&str; N], rows: &[[Markup; N]]) -> Markup {
    html! { @if !rows.is_empty() { (table(caption, heads, rows)) } }
}

fn code(text: &str) -> Markup {
    html! { code { (text) } }
}

/// An id as the page has it: no spaces.
fn anchor(text: &str) -> String {
    text.to_lowercase().replace(' ', "-")
}

fn parameter(it: &Value) -> [Markup; 4] {
    let needed = if it.get("required").is_some() { NEEDED } else { OPTIONAL };
    [code(text(it, "name")), html! { (text(it, "in")) }, html! { (needed) }, inline(text(it, "description"))]
}

fn answer(status: &str, response: &Value) -> [Markup; 3] {
    let types = html! {
        @for (n, (name, _)) in members(response, "content").enumerate() {
            @if n > 0 { br; }
            (code(name))
        }
    };
    [html! { (status) }, inline(text(response, "description")), types]
}

/// The parsed description.
struct Document<'v>(&'v Value);

impl<'v> Document<'v> {
    fn main(&self) -> Markup {
        let info = self.0.get("info").unwrap_or(&Value::Null);
        let ways = members(self.find("#/components"), "securitySchemes");
        html! {
            div class="passport-columns" {
                nav class="passport-contents" aria-label="Contents" { (self.contents()) }
                div {
                    h1 { (TITLE) }
                    (lead(text(info, "summary")))
                    (prose(text(info, "description")))
                    p { "Version " (text(info, "version")) ". For programs: " a href="/openapi.yaml" { "openapi.yaml" } "." }
                    h2 id="sign-in" { "Sign in" }
                    @for (_, way) in ways { (prose(text(way, "description"))) }
                    @for tag in items(self.0, "tags") {
                        h2 id=(anchor(text(tag, "name"))) { (text(tag, "name")) }
                        (prose(text(tag, "description")))
                        @for (path, method, operation) in self.operations(text(tag, "name")) {
                            (self.operation(path, method, operation))
                        }
                    }
                    (self.records())
                }
            }
        }
    }

    fn contents(&self) -> Markup {
        html! {
            ul {
                li { a href="#sign-in" { "Sign in" } }
                @for tag in items(self.0, "tags") {
                    li {
                        a href={ "#" (anchor(text(tag, "name"))) } { (text(tag, "name")) }
                        ul {
                            @for (_, _, operation) in self.operations(text(tag, "name")) {
                                li { a href={ "#" (text(operation, "operationId")) } { (inline(text(operation, "summary"))) } }
                            }
                        }
                    }
                }
                li { a href="#records" { "Records" } }
            }
        }
    }

    /// What a reference leads to; [`Value::Null`] if that is nothing.
    fn find(&self, reference: &str) -> &'v Value {
        let steps = reference.strip_prefix("#/").unwrap_or_default().split('/');
        steps.fold(self.0, |value, step| value.get(step).unwrap_or(&Value::Null))
    }

    fn resolve(&self, value: &'v Value) -> &'v Value {
        value.get("$ref").and_then(Value::as_str).map_or(value, |reference| self.find(reference))
    }

    fn operations(&self, tag: &str) -> Vec<(&'v str, &'v str, &'v Value)> {
        let all = members(self.0, "paths").flat_map(|(path, item)| {
            item.as_mapping().into_iter().flatten().filter_map(move |(method, it)| Some((path, method.as_str()?, it)))
        });
        all.filter(|(_, _, operation)| items(operation, "tags").any(|it| it.as_str() == Some(tag))).collect()
    }

    fn operation(&self, path: &str, method: &str, operation: &'v Value) -> Markup {
        let parameters: Vec<_> = items(operation, "parameters").map(|it| parameter(self.resolve(it))).collect();
        let answers = members(operation, "responses").map(|(status, it)| answer(status, self.resolve(it)));
        html! {
            h3 id=(text(operation, "operationId")) { (inline(text(operation, "summary"))) }
            p class="passport-route" { strong { (method.to_uppercase()) } " " (code(path)) }
            (prose(text(operation, "description")))
            (rows_of("Parameters", &["Name", "Where", "Needed", "What it says"], &parameters))
            @if let Some(body) = operation.get("requestBody") { (self.body(self.resolve(body))) }
            (rows_of("Answers", &["Status", "What it means", "Media type"], &answers.collect::<Vec<_>>()))
        }
    }

    fn body(&self, body: &'v Value) -> Markup {
        html! {
            @for (_, content) in members(body, "content") {
                (rows_of("Body", &FIELDS, &self.fields(self.resolve(content.get("schema").unwrap_or(&Value::Null)))))
                @for (_, shown) in members(content, "examples") {
                    h4 { "Example: " (text(shown, "summary")) }
                    pre { code { (serde_json::to_string_pretty(&shown.get("value")).unwrap_or_default()) } }
                }
            }
        }
    }

    /// A row for each field of a schema, then for each of those that it includes.
    fn fields(&self, schema: &'v Value) -> Vec<[Markup; 4]> {
        let included = items(schema, "allOf").filter(|part| !text(part, "$ref").ends_with("/RecordParts"));
        let schemas = std::iter::once(schema).chain(included.map(|part| self.resolve(part)));
        schemas.flat_map(|it| members(it, "properties").map(|(name, field)| self.field(it, name, field))).collect()
    }

    fn field(&self, schema: &Value, name: &str, field: &'v Value) -> [Markup; 4] {
        let say = |key| Some(text(field, key)).filter(|it| !it.is_empty()).unwrap_or(text(self.resolve(field), key));
        let kind = field.get("const").and_then(Value::as_str).map_or_else(|| inline(say("title")), code);
        let is_needed = items(schema, "required").any(|it| it.as_str() == Some(name));
        let needed = if is_needed { NEEDED } else { OPTIONAL };
        [code(name), kind, html! { (needed) }, inline(say("description"))]
    }

    fn records(&self) -> Markup {
        let shared = ["RecordParts", "NamedProvenance", "SpelledProvenance"]
            .map(|name| (name, self.find(&format!("#/components/schemas/{name}"))));
        let schemas = members(self.find("#/components"), "schemas").map(|(_, schema)| schema);
        let types = schemas.filter(|it| it.get("pattern").or(it.get("minLength")).or(it.get("minimum")).is_some());
        let said = types.filter(|it| it.get("title").is_some() && it.get("description").is_some());
        let types: Vec<_> = said.map(|it| ["title", "description"].map(|key| inline(text(it, key)))).collect();
        html! {
            h2 id="records" { "Records" }
            @for (name, schema) in shared { (self.record(name, &inline(text(schema, "title")), schema)) }
            @for reference in items(self.find("#/components/schemas/AnyRecord"), "oneOf") {
                (self.kind(self.resolve(reference)))
            }
            h3 { "Types of fields" }
            (rows_of("Types", &["Type", "What it is"], &types))
        }
    }

    fn kind(&self, schema: &'v Value) -> Markup {
        let kind = schema.get("properties").and_then(|it| it.get("kind")).map_or("", |it| text(it, "const"));
        self.record(kind, &code(kind), schema)
    }

    fn record(&self, id: &str, title: &Markup, schema: &'v Value) -> Markup {
        html! {
            h3 id={ "record-" (id) } { (title) }
            (prose(text(schema, "description")))
            (rows_of("Fields", &FIELDS, &self.fields(schema)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::OPENAPI;

    #[test]
    fn every_path_and_every_kind_of_record_stands_on_the_page() {
        let page = render(OPENAPI).render();
        let root: Value = serde_yaml_ng::from_str(OPENAPI).unwrap();
        for (path, item) in members(&root, "paths") {
            assert!(page.contains(&format!("<code>{path}</code></p>")), "{path}");
            for operation in item.as_mapping().unwrap().values() {
                assert!(page.contains(&format!("id=\"{}\"", text(operation, "operationId"))), "{path}");
            }
        }
        for kind in passport_schema::record::Kind::ALL {
            assert!(page.contains(&format!("id=\"record-{}\"", kind.name())), "{}", kind.name());
        }
        assert_eq!(page.matches("<h1>").count(), 1);
        assert!(!page.contains("<script"));
    }

    #[test]
    fn markup_in_the_description_is_escaped() {
        let page = render(&OPENAPI.replace("List staff", "</h3><script>alert('&\"')</script>")).render();
        assert!(!page.contains("<script"));
        assert!(page.contains("&lt;/h3&gt;&lt;script&gt;alert('&amp;&quot;')&lt;"));
    }

    #[test]
    fn what_is_not_a_description_is_shown_as_it_is() {
        assert!(render("a: [<b>").render().contains("<pre>a: [&lt;b&gt;</pre>"));
        assert!(render("").render().contains("<pre></pre>"));
        assert!(render("paths: {/: {get: 3}}\ntags: [{name: 1}, 2]").render().contains("<h2 id=\"records\">"));
    }
}
