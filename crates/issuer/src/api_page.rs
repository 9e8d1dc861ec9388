//! The API's description as a page for people: `openapi.yaml` as HTML, without a script.
//!
//! Every text is escaped. Of Markdown it knows paragraphs, code and strong emphasis.

use std::fmt::Write as _;

use serde_yaml_ng::Value;

const NAME: &str = "Staff Passport";
const FOOTER: &str = "Staff Passport is not an NHS service, and the NHS does not run or endorse it. \
    The people and numbers in the examples are invented.";
const CONTENTS: &str = "<nav aria-label=\"Contents\">\n<ul>\n<li><a href=\"#sign-in\">Sign in</a></li>\n";
const NEEDED: &str = "needed";
const OPTIONAL: &str = "optional";
const FIELDS: [&str; 4] = ["Field", "Type", "Needed", "What it says"];

/// Renders the page. What is not YAML is shown as it is.
#[must_use]
pub fn render(openapi: &str) -> String {
    match serde_yaml_ng::from_str::<Value>(openapi) {
        Ok(root) if root.is_mapping() => Document(&root).page(),
        _ => frame("", &format!("<h1>{NAME}</h1>\n<pre>{}</pre>\n", escape(openapi))),
    }
}

fn frame(contents: &str, main: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{NAME} API</title>\n\
         <link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to main content</a>\n\
         <header><p><a href=\"/\">{NAME}</a></p></header>\n<div class=\"columns\">\n{contents}\
         <main id=\"main\" tabindex=\"-1\">\n{main}</main>\n</div>\n<footer><p>{FOOTER}</p></footer>\n</body>\n</html>\n"
    )
}

fn escape(text: &str) -> String {
    [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;"), ('\'', "&#39;")]
        .into_iter()
        .fold(text.to_owned(), |text, (character, entity)| text.replace(character, entity))
}

/// One line of text with `code` and **strong** in it.
fn inline(text: &str) -> String {
    let wrap = |text: &str, mark: &str, tag: &str| -> String {
        let parts = text.split(mark).enumerate();
        parts.map(|(n, part)| if n % 2 == 1 { format!("<{tag}>{part}</{tag}>") } else { part.to_owned() }).collect()
    };
    wrap(&wrap(&escape(text.trim()), "**", "strong"), "`", "code")
}

fn prose(text: &str) -> String {
    let paragraphs = text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty());
    paragraphs.fold(String::new(), |out, paragraph| format!("{out}<p>{}</p>\n", inline(paragraph)))
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

fn table(caption: &str, heads: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut out = format!("<table>\n<caption>{caption}</caption>\n<thead><tr><th scope=\"col\">");
    let _ = writeln!(out, "{}</th></tr></thead>\n<tbody>", heads.join("</th><th scope=\"col\">"));
    for row in rows {
        let cells = row.join("</td><td>").replacen("</td>", "</th>", 1);
        let _ = writeln!(out, "<tr><th scope=\"row\">{cells}</td></tr>");
    }
    out + "</tbody>\n</table>\n"
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

fn parameter(it: &Value) -> Vec<String> {
    let needed = if it.get("required").is_some() { NEEDED } else { OPTIONAL };
    vec![code(text(it, "name")), escape(text(it, "in")), needed.into(), inline(text(it, "description"))]
}

fn answer(status: &str, response: &Value) -> Vec<String> {
    let types: Vec<_> = members(response, "content").map(|(name, _)| code(name)).collect();
    vec![escape(status), inline(text(response, "description")), types.join("<br>")]
}

/// The parsed description.
struct Document<'v>(&'v Value);

impl<'v> Document<'v> {
    fn page(&self) -> String {
        let info = self.0.get("info").unwrap_or(&Value::Null);
        let [title, summary, version] = ["title", "summary", "version"].map(|key| inline(text(info, key)));
        let ways = members(self.find("#/components"), "securitySchemes");
        let sign_in: String = ways.map(|(_, way)| prose(text(way, "description"))).collect();
        let about = prose(text(info, "description"));
        let mut main = format!(
            "<h1>{title} API</h1>\n<p class=\"lead\">{summary}</p>\n{about}\
             <p>Version {version}. For programs: <a href=\"/openapi.yaml\">openapi.yaml</a>.</p>\n\
             <h2 id=\"sign-in\">Sign in</h2>\n{sign_in}"
        );
        let mut contents = CONTENTS.to_owned();
        for tag in items(self.0, "tags") {
            let [name, about] = ["name", "description"].map(|key| text(tag, key));
            let (id, name, about) = (escape(&name.to_lowercase()), inline(name), prose(about));
            let _ = writeln!(main, "<h2 id=\"{id}\">{name}</h2>\n{about}");
            let _ = writeln!(contents, "<li><a href=\"#{id}\">{name}</a>\n<ul>");
            for (path, method, operation) in self.operations(text(tag, "name")) {
                main.push_str(&self.operation(path, method, operation));
                let (id, name) = (escape(text(operation, "operationId")), inline(text(operation, "summary")));
                let _ = writeln!(contents, "<li><a href=\"#{id}\">{name}</a></li>");
            }
            contents.push_str("</ul></li>\n");
        }
        contents.push_str("<li><a href=\"#records\">Records</a></li>\n</ul>\n</nav>\n");
        frame(&contents, &(main + &self.records()))
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

    fn operation(&self, path: &str, method: &str, operation: &'v Value) -> String {
        let [id, summary] = ["operationId", "summary"].map(|key| inline(text(operation, key)));
        let (about, method) = (prose(text(operation, "description")), escape(&method.to_uppercase()));
        let parameters: Vec<_> = items(operation, "parameters").map(|it| parameter(self.resolve(it))).collect();
        let body = operation.get("requestBody").map(|body| self.body(self.resolve(body))).unwrap_or_default();
        let answers = members(operation, "responses").map(|(status, it)| answer(status, self.resolve(it)));
        format!(
            "<section class=\"operation\">\n<h3 id=\"{id}\">{summary}</h3>\n\
             <p class=\"route\"><strong>{method}</strong> {}</p>\n{about}{}{body}{}</section>\n",
            code(path),
            table("Parameters", &["Name", "Where", "Needed", "What it says"], &parameters),
            table("Answers", &["Status", "What it means", "Media type"], &answers.collect::<Vec<_>>())
        )
    }

    fn body(&self, body: &'v Value) -> String {
        let mut out = String::new();
        for (_, content) in members(body, "content") {
            let schema = content.get("schema").unwrap_or(&Value::Null);
            out.push_str(&table("Body", &FIELDS, &self.fields(self.resolve(schema))));
            for (_, shown) in members(content, "examples") {
                let json = serde_json::to_string_pretty(&shown.get("value")).unwrap_or_default();
                let (name, json) = (escape(text(shown, "summary")), escape(&json));
                let _ = writeln!(out, "<h4>Example: {name}</h4>\n<pre><code>{json}</code></pre>");
            }
        }
        out
    }

    /// A row for each field of a schema, then for each of those that it includes.
    fn fields(&self, schema: &'v Value) -> Vec<Vec<String>> {
        let included = items(schema, "allOf").filter(|part| !text(part, "$ref").ends_with("/RecordParts"));
        let schemas = std::iter::once(schema).chain(included.map(|part| self.resolve(part)));
        schemas.flat_map(|it| members(it, "properties").map(|(name, field)| self.field(it, name, field))).collect()
    }

    fn field(&self, schema: &Value, name: &str, field: &'v Value) -> Vec<String> {
        let say = |key| Some(text(field, key)).filter(|it| !it.is_empty()).unwrap_or(text(self.resolve(field), key));
        let kind = field.get("const").and_then(Value::as_str).map_or_else(|| inline(say("title")), code);
        let is_needed = items(schema, "required").any(|it| it.as_str() == Some(name));
        vec![code(name), kind, if is_needed { NEEDED } else { OPTIONAL }.into(), inline(say("description"))]
    }

    fn records(&self) -> String {
        let mut out = "<h2 id=\"records\">Records</h2>\n".to_owned();
        for name in ["RecordParts", "NamedProvenance", "SpelledProvenance"] {
            let schema = self.find(&format!("#/components/schemas/{name}"));
            out.push_str(&self.record(name, &inline(text(schema, "title")), schema));
        }
        for reference in items(self.find("#/components/schemas/AnyRecord"), "oneOf") {
            let schema = self.resolve(reference);
            let kind = schema.get("properties").and_then(|it| it.get("kind")).map_or("", |it| text(it, "const"));
            out.push_str(&self.record(kind, &code(kind), schema));
        }
        let schemas = members(self.find("#/components"), "schemas").map(|(_, schema)| schema);
        let types = schemas.filter(|it| it.get("pattern").or(it.get("minLength")).or(it.get("minimum")).is_some());
        let said = types.filter(|it| it.get("title").is_some() && it.get("description").is_some());
        let types: Vec<_> = said.map(|it| ["title", "description"].map(|key| inline(text(it, key))).to_vec()).collect();
        let types = table("Types", &["Type", "What it is"], &types);
        out + "<section class=\"record\">\n<h3>Types of fields</h3>\n" + &types + "</section>\n"
    }

    fn record(&self, id: &str, title: &str, schema: &'v Value) -> String {
        let (id, about) = (escape(id), prose(text(schema, "description")));
        let fields = table("Fields", &FIELDS, &self.fields(schema));
        format!("<section class=\"record\">\n<h3 id=\"record-{id}\">{title}</h3>\n{about}{fields}</section>\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPENAPI: &str = include_str!("../../../openapi.yaml");

    #[test]
    fn every_path_and_every_kind_of_record_stands_on_the_page() {
        let page = render(OPENAPI);
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
        let page = render(&OPENAPI.replace("List staff", "</h3><script>alert('&\"')</script>"));
        assert!(!page.contains("<script"));
        assert!(page.contains("&lt;/h3&gt;&lt;script&gt;alert(&#39;&amp;&quot;&#39;)&lt;"));
    }

    #[test]
    fn what_is_not_a_description_is_shown_as_it_is() {
        assert!(render("a: [<b>").contains("<pre>a: [&lt;b&gt;</pre>"));
        assert!(render("").contains("<pre></pre>"));
        assert!(render("paths: {/: {get: 3}}\ntags: [{name: 1}, 2]").contains("<h2 id=\"records\">"));
    }
}
