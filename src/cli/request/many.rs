//! Requests from a file, one in each row. All of them are checked before the first is written, and a run that is done again
//! finds what is there.

use super::super::answer::outcome::Outcome;
use super::super::answer::{Ended, agreed, failed};
use super::super::choice::At;
use super::super::choice::{Refusal, usage};
use super::super::clock;
use super::super::cluster::Cluster;
use super::super::dry_run::DryRun;
use super::super::output::print;
use super::super::screen::Screen;
use super::super::sync::args::Format;
use super::super::sync::mapping::Mapping;
use super::super::sync::problem::{Problem, Problems};
use super::super::sync::{SyncError, file as read_file, source};
use super::args::Filing;
use super::rows::{self, Header};
use super::send::{Found, There, there_already};
use super::wish::pairs;
use super::{Asked, as_manifest, end, gather, name, name_of, object, print_manifests, requester, sending, show};
use handoff_core::api::AssignmentRequest;
use handoff_core::engine::Preview;
use handoff_core::engine::types::TypeView;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// A row and the request that it comes to.
struct Row {
    line: u64,
    request: AssignmentRequest,
    preview: Preview,
}

/// Does it.
///
/// # Errors
/// Nothing was written; why, and the exit code.
pub(super) async fn file(
    asked: &Asked,
    cluster: &Cluster,
    types: BTreeMap<String, Arc<TypeView>>,
    view: &Arc<TypeView>,
) -> Ended {
    let path = asked.filing.from.as_deref().unwrap_or(Path::new("-"));
    let wrong = |problems: Problems| refused(path, problems);
    let requests = read(asked, path, cluster, view)?;
    let data = as_manifest(&asked.filing);
    // A manifest is for Git, whatever the cluster has.
    let names = requests.iter().filter(|_| data.is_none());
    let names = names.map(|(_, request)| name_of(request));
    let there = gather::existing(cluster, names).await.map_err(failed)?;
    let there: BTreeMap<String, AssignmentRequest> = there.into_iter().map(|one| (name_of(&one), one)).collect();
    let sending = sending(asked, cluster);
    let mut settled: Vec<(At, Outcome, String)> = Vec::new();
    let mut fresh = Vec::new();
    let mut problems = Vec::new();
    for (line, request) in requests {
        match there
            .get(&name_of(&request))
            .map(|there| there_already(there, &request.spec))
        {
            None => fresh.push((line, request)),
            Some(There::Same(told)) => settled.push((sending.at(&request), Outcome::Already, told)),
            Some(There::Otherwise(why)) => problems.push(Problem::at(line, why)),
        }
    }
    let rows = preview(cluster, types, view, fresh, &mut problems).await?;
    if !problems.is_empty() {
        problems.sort_by_key(|problem| problem.line);
        return Err(wrong(Problems(problems)));
    }
    if let Some(data) = data {
        let requests: Vec<_> = rows.into_iter().map(|row| row.request).collect();
        return print_manifests(&requests, data);
    }
    foresee(asked, &rows, settled.len());
    if !agreed(
        rows.len(),
        asked.filing.writing.yes,
        asked.filing.writing.dry_run,
        &sending.words,
    )? {
        eprintln!("Nothing was written.");
        return Ok(ExitCode::from(1));
    }
    let lines: Vec<u64> = rows.iter().map(|row| row.line).collect();
    let requests: Vec<_> = rows.into_iter().map(|row| row.request).collect();
    if asked.filing.writing.dry_run != DryRun::Client {
        match sending.check(&requests).await {
            Found::Fine => {}
            Found::Failed(why) => return Err(failed(format!("{why}\nNothing was written."))),
            Found::Refused(all) => {
                let at = |(place, why): (usize, String)| match lines.get(place) {
                    Some(line) => Problem::at(*line, why),
                    None => Problem::of_all(why),
                };
                return Err(wrong(Problems(all.into_iter().map(at).collect())));
            }
        }
    }
    let results = sending.run(settled, requests).await;
    end(asked, &sending, results)
}

/// What the flags say of columns: each name has one column, and each column one name.
fn header(filing: &Filing) -> Result<Header<'_>, String> {
    let mut renamed = BTreeMap::new();
    let mut said: BTreeMap<String, String> = BTreeMap::new();
    for (name, column) in pairs("--column", &filing.column)? {
        if filing.ignore_column.contains(&column) {
            return Err(format!(
                "the column {column} is given a name and ignored: leave one of them out"
            ));
        }
        if let Some(other) = said.insert(column.clone(), name.clone()) {
            return Err(format!(
                "the column {column} is given two names, {other} and {name}: a column holds one thing, so copy it in the file"
            ));
        }
        if let Some(other) = renamed.insert(name.clone(), column.clone()) {
            return Err(format!(
                "{name} is given two columns, {other} and {column}: leave one of them out"
            ));
        }
    }
    Ok(Header {
        renamed,
        ignored: filing.ignore_column.iter().map(String::as_str).collect(),
    })
}

/// The requests of a file, without who asks.
fn read(
    asked: &Asked,
    path: &Path,
    cluster: &Cluster,
    view: &TypeView,
) -> Result<Vec<(u64, AssignmentRequest)>, Refusal> {
    let wrong = |problems: Problems| refused(path, problems);
    let filing = &asked.filing;
    let mapping = Mapping {
        delimiter: filing.delimiter.clone(),
        ..Mapping::default()
    };
    let delimiter = mapping.delimiter().map_err(usage)?;
    let export = read_file::read(path).map_err(|error| match error {
        SyncError::Usage(why) => usage(why),
        SyncError::Refused(_) | SyncError::Failed(_) => (error.to_string(), error.exit_code()),
    })?;
    let table = source::parse(&export.bytes, Format::Csv, delimiter).map_err(wrong)?;
    let header = header(filing).map_err(usage)?;
    let said = rows::read(&table, &header, asked.operation, view, &filing.zone()).map_err(wrong)?;
    let mut requests: Vec<(u64, AssignmentRequest)> = Vec::new();
    let mut lines: BTreeMap<String, u64> = BTreeMap::new();
    let mut problems = Vec::new();
    for row in said {
        let wish = asked.wish.under(row.wish);
        match wish.spec(asked.operation, view) {
            Ok(spec) => {
                let name = wish.name.clone().unwrap_or_else(|| name::of_row(&spec));
                if let Err(why) = name::check(&name) {
                    problems.push(Problem::at(row.line, why));
                }
                if let Some(before) = lines.insert(name.clone(), row.line) {
                    let why =
                        format!("it asks for the same as line {before}, or has the same name: leave one of them out");
                    problems.push(Problem::at(row.line, why));
                }
                requests.push((row.line, object(spec, &name, cluster)));
            }
            Err(all) => problems.extend(all.into_iter().map(|why| Problem::at(row.line, why))),
        }
    }
    if problems.is_empty() {
        Ok(requests)
    } else {
        Err(wrong(Problems(problems)))
    }
}

/// What each would come to, each after those before it; and what is wrong with them.
async fn preview(
    cluster: &Cluster,
    types: BTreeMap<String, Arc<TypeView>>,
    view: &TypeView,
    requests: Vec<(u64, AssignmentRequest)>,
    problems: &mut Vec<Problem>,
) -> Result<Vec<Row>, Refusal> {
    if requests.is_empty() {
        return Ok(Vec::new());
    }
    let now = clock::now();
    let by = requester(cluster, view.name()).await?;
    let specs: Vec<_> = requests.iter().map(|(_, request)| &request.spec).collect();
    let mut stock = gather::stock(cluster, types, view, &specs, now).await.map_err(failed)?;
    if gather::by_owner(&specs) {
        for (_, request) in &requests {
            if let Some(folded) = stock.line_of(&Arc::new(request.clone()), now) {
                let completed = gather::complete(cluster, &mut stock, view.name(), &folded, now).await;
                completed.map_err(failed)?;
            }
        }
    }
    let mut rows = Vec::new();
    for (line, mut request) in requests {
        request.spec.requested_by = Some(by.clone());
        let mut filed = request.clone();
        // The engine tells requests apart by their uids.
        filed.metadata.uid = request.metadata.name.clone();
        let filed = Arc::new(filed);
        let preview = stock.preview(&filed, now);
        stock.place(filed, now);
        problems.extend(
            preview
                .problems
                .iter()
                .map(|problem| Problem::at(line, &problem.message)),
        );
        rows.push(Row { line, request, preview });
    }
    Ok(rows)
}

/// Says what it would come to: in full for a dry run, else how many of what.
fn foresee(asked: &Asked, rows: &[Row], already: usize) {
    if asked.filing.writing.output.is_some() {
        return;
    }
    if asked.filing.writing.dry_run == DryRun::None {
        let previews: Vec<&Preview> = rows.iter().map(|row| &row.preview).collect();
        eprint!("{}", show::many(&previews, already));
        return;
    }
    let names: Vec<String> = rows.iter().map(|row| name_of(&row.request)).collect();
    let table = rows.iter().zip(&names).map(|(row, name)| {
        (
            row.line,
            name.as_str(),
            row.request.spec.owner.id.as_str(),
            &row.preview,
        )
    });
    print(&format!("{}\n", show::table(table, Screen::of_stdout())));
}

fn refused(path: &Path, problems: Problems) -> Refusal {
    let many = if problems.0.len() == 1 { " " } else { "\n  " };
    (format!("{}:{many}{problems}\nNothing was written.", path.display()), 3)
}
