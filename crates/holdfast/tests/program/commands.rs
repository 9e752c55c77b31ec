//! `check`, `schema` and `password`: a document is told off with its line before it is used.

use crate::{
    asking::get_with,
    common::{run, said, until},
    school::{School, line_of, people, policy},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::fs;

#[test]
fn a_config_with_a_mistake_is_told_with_line_and_suggestion() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("holdfast.toml");
    let check = |text: &str| {
        fs::write(&file, text).unwrap();
        let output = run(&["check", "config", "--config", file.to_str().unwrap()], "");
        (output.status.success(), said(&output))
    };
    let good = "data = \"data\"\n[web]\nlisten = [\"127.0.0.1:8080\"]\naddress = \"http://localhost:8080\"\n[[proxy]]\n\
                name = \"proxy\"\nlisten = [\"127.0.0.1:3128\"]\nsign_in = \"offered\"\n";
    let (well, words) = check(good);
    assert!(well && words.contains("The config is in order."), "{words}");
    let mistakes = [
        ("sign_in =", "sign_inn =", "sign_inn", "sign_in"),
        ("\"offered\"", "\"ofered\"", "ofered", "offered"),
        ("[web]", "[wbe]", "wbe", "web"),
        ("\"127.0.0.1:3128\"", "\"127.0.0.1:notaport\"", "listen", ""),
        ("\"http://localhost:8080\"", "\"localhost\"", "localhost", "http://filter.school.example:8080"),
    ];
    for (right, wrong, named, suggested) in mistakes {
        let text = good.replacen(right, wrong, 1);
        let (well, words) = check(&text);
        assert!(!well, "{wrong}: {words}");
        let line = if wrong == "\"localhost\"" { line_of(&text, "[web]") } else { line_of(&text, wrong) };
        assert!(words.contains(&format!("holdfast.toml:{line}:")), "{wrong}, line {line}: {words}");
        assert!(words.contains(named) || named == "listen", "{wrong}: {words}");
        assert!(words.contains(suggested), "{wrong}: {words}");
        // What `check` refuses, `serve` refuses with the same words.
        let output = run(&["serve", "--config", file.to_str().unwrap()], "");
        assert!(!output.status.success());
        assert!(said(&output).contains(&format!("holdfast.toml:{line}:")), "{}", said(&output));
    }
    let output = run(&["check", "config", "--config", "/nowhere/holdfast.toml"], "");
    assert!(!output.status.success() && said(&output).contains("cannot be read"), "{}", said(&output));
}

#[test]
fn a_policy_or_people_document_with_a_mistake_is_told_with_line_and_suggestion() {
    let school = School::new();
    for document in ["policy", "people"] {
        let (well, words) = school.command(&["check", document]);
        assert!(well && words.contains("in order"), "{words}");
    }
    let mistakes = [
        ("policy", "purpose = \"Staff.", "purpos = \"Staff.", "purpos =", "purpose"),
        (
            "policy",
            "\"gambling\", \"drugs\", \"weapons\"",
            "\"gambing\", \"drugs\", \"weapons\"",
            "gambing",
            "gambling",
        ),
        ("policy", "groups = [\"hazel\", \"oak\"]", "groups = [\"hazle\", \"oak\"]", "hazle", "“hazle”"),
        ("policy", "host = \"helpline.example\"", "host = \"help line\"", "help line", "“help line”"),
        ("people", "group = \"rowan\"", "gruop = \"rowan\"", "gruop", "group"),
        ("people", "group = \"rowan\"", "group = \"rowen\"", "rowen", "“rowen”"),
        ("people", "staff = \"2026-09-02\"", "staff = \"yesterday\"", "yesterday", "“yesterday”"),
    ];
    for (document, right, wrong, place, words) in mistakes {
        let file = format!("{document}.toml");
        let kept = school.read(&file);
        let good = if document == "policy" { policy(2, "") } else { people(2, "") };
        let bad = good.replacen(right, wrong, 1);
        assert_ne!(bad, good, "{wrong}");
        school.write(&file, &bad);
        let (well, told) = school.command(&["check", document]);
        assert!(!well, "{wrong}: {told}");
        // On the line itself, or where the thing that has it begins, at most three lines above.
        let line = line_of(&bad, place);
        let is_placed = (line - 3..=line).any(|line| told.contains(&format!("{file}:{line}: ")));
        assert!(is_placed && told.contains(words), "{wrong}, line {line}: {told}");
        assert!(told.contains("would be refused"), "{told}");
        school.write(&file, &kept);
    }
    // A version that was in force is not said otherwise a second time.
    school.write("policy.toml", &policy(1, "# changed"));
    let (well, words) = school.command(&["check", "policy"]);
    assert!(!well && words.contains("Raise `version` by one"), "{words}");
}

#[test]
fn each_document_has_a_schema() {
    for (document, keys) in [
        ("config", ["proxy", "web", "listed"]),
        ("policy", ["rule", "unknown", "lifeline"]),
        ("people", ["person", "told", "listener"]),
    ] {
        let output = run(&["schema", document], "");
        assert!(output.status.success());
        let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        for key in keys {
            assert!(schema["properties"][key].is_object(), "{document} has no “{key}”");
        }
        assert_eq!(schema["additionalProperties"], serde_json::Value::Bool(false), "{document}");
    }
}

#[test]
fn a_hash_from_password_signs_a_person_in_and_nobody_else() {
    let password = "three green otters: £5";
    let output = run(&["password"], &format!("{password}\n"));
    let hash = String::from_utf8(output.stdout).unwrap().trim().to_owned();
    assert!(output.status.success() && hash.starts_with("$argon2id$"), "{hash}");
    let mut school = School::new();
    let more = format!(
        "[[person]]\nid = \"staff-77\"\ngroup = \"ash\"\nsign_in = \"newteacher\"\npassword_hash = \"{hash}\"\n"
    );
    school.write("people.toml", &people(2, &more));
    let served = school.serve();
    let ask = |name: &str, password: &str| {
        let field = format!("Proxy-Authorization: Basic {}\r\n", STANDARD.encode(format!("{name}:{password}")));
        get_with(served.proxy, "http://social.example/", &field).unwrap()
    };
    let answer = until("the sign-in", || Some(ask("newteacher", password)).filter(|answer| answer.status == 200));
    assert_eq!(answer.body, "here speaks social.example\n");
    assert_eq!(ask("NewTeacher", password).status, 200, "names are the same in any case");
    for (name, password) in [("newteacher", "three green otters"), ("newteacher", ""), ("nobody", password), ("", "")] {
        let answer = ask(name, password);
        assert_ne!(answer.status, 200, "{name}: {answer:?}");
    }
    // What is typed for the proxy is for the proxy alone.
    assert!(!served.program.errors().contains("otters"));
    for line in crate::log::lines(&school.data()) {
        assert!(
            !line.contains("otters") && !line.contains(&STANDARD.encode(format!("newteacher:{password}"))),
            "{line}"
        );
    }
}
