//! An OpenLDAP server of its own, which ends with the test. It knows nothing of Handoff.

use crate::needed;
use crate::place::free_port;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

pub const PEOPLE: &str = "ou=people,dc=example,dc=com";
const ADMINISTRATOR: [&str; 4] = ["-D", "cn=admin,dc=example,dc=com", "-w", "secret"];
const HOW: &str = "apt-get install slapd ldap-utils";
const SCHEMAS: &str = "/etc/ldap/schema";
/// Somebody else may take the port that was free a moment ago.
const PORTS: usize = 5;
/// A program is started for each question, so these are many seconds.
const QUESTIONS: usize = 3_000;

/// Where the programs of OpenLDAP are.
#[derive(Clone, Debug)]
pub struct Programs {
    slapd: PathBuf,
    add: PathBuf,
    modify: PathBuf,
    delete: PathBuf,
    search: PathBuf,
}

impl Programs {
    /// Finds them, or says what is missing and how to get it.
    pub fn find() -> Result<Self, String> {
        let find = |name: &str| needed::program(name, &["/usr/sbin", "/usr/local/sbin"], HOW);
        if !Path::new(SCHEMAS).is_dir() {
            return Err(format!("{SCHEMAS} is missing: {HOW}"));
        }
        Ok(Self {
            slapd: find("slapd")?,
            add: find("ldapadd")?,
            modify: find("ldapmodify")?,
            delete: find("ldapdelete")?,
            search: find("ldapsearch")?,
        })
    }
}

/// A running server.
pub struct Directory {
    programs: Programs,
    folder: PathBuf,
    server: Child,
    url: String,
}

impl Directory {
    /// Starts one without people, with its data in this folder.
    pub fn start(programs: Programs, folder: &Path) -> Self {
        std::fs::create_dir_all(folder.join("data")).unwrap();
        std::fs::write(folder.join("slapd.conf"), configuration(folder)).unwrap();
        let directory = (0..PORTS).find_map(|_| Self::on_a_free_port(&programs, folder));
        let Some(directory) = directory else {
            let log = std::fs::read_to_string(folder.join("slapd.log")).unwrap_or_default();
            panic!("slapd does not start:\n{log}");
        };
        directory.add(
            "dn: dc=example,dc=com\nobjectClass: domain\ndc: example\n\n\
             dn: ou=people,dc=example,dc=com\nobjectClass: organizationalUnit\nou: people\n",
        );
        directory
    }

    /// None if the server ended instead of answering.
    fn on_a_free_port(programs: &Programs, folder: &Path) -> Option<Self> {
        let port = free_port();
        let url = format!("ldap://127.0.0.1:{port}");
        let log = File::options()
            .create(true)
            .append(true)
            .open(folder.join("slapd.log"))
            .unwrap();
        // With a level it stays in the foreground; this one logs what must be seen, such as why it ended.
        let server = Command::new(&programs.slapd)
            .args(["-h", &url, "-d", "none", "-f"])
            .arg(folder.join("slapd.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut directory = Self {
            programs: programs.clone(),
            folder: folder.to_owned(),
            server,
            url,
        };
        directory.answers().then_some(directory)
    }

    fn answers(&mut self) -> bool {
        for _ in 0..QUESTIONS {
            if self.server.try_wait().unwrap().is_some() {
                return false;
            }
            let mut question = self.command(&self.programs.search);
            question.args(["-LLL", "-s", "base", "-b", ""]);
            if question.output().unwrap().status.success() {
                return true;
            }
        }
        false
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.args(["-x", "-H", &self.url]);
        command
    }

    /// ldapadd as the administrator of the directory.
    pub fn add(&self, ldif: &str) {
        self.change(&self.programs.add, ldif);
    }

    /// ldapmodify as the administrator of the directory.
    pub fn modify(&self, ldif: &str) {
        self.change(&self.programs.modify, ldif);
    }

    fn change(&self, program: &Path, ldif: &str) {
        let mut child = self
            .command(program)
            .args(ADMINISTRATOR)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(ldif.as_bytes()).unwrap();
        done(&child.wait_with_output().unwrap(), ldif);
    }

    /// ldapdelete as the administrator of the directory.
    pub fn delete(&self, dn: &str) {
        let mut command = self.command(&self.programs.delete);
        done(&command.args(ADMINISTRATOR).arg(dn).output().unwrap(), dn);
    }

    /// ldapsearch of all people into a file, by nobody in particular.
    pub fn export(&self, file: &Path) {
        let mut command = self.command(&self.programs.search);
        command
            .args(["-LLL", "-b", PEOPLE, "(objectClass=inetOrgPerson)"])
            .stdout(File::create(file).unwrap());
        done(&command.output().unwrap(), "the export");
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // The data is of no use to anybody afterwards; an error here would only hide what went wrong before.
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = std::fs::remove_dir_all(self.folder.join("data"));
    }
}

#[track_caller]
fn done(output: &Output, what: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{what}");
}

fn configuration(folder: &Path) -> String {
    let schemas: String = ["core", "cosine", "inetorgperson"]
        .map(|schema| format!("include {SCHEMAS}/{schema}.schema\n"))
        .concat();
    let folder = folder.display();
    let [_, administrator, _, password] = ADMINISTRATOR;
    format!(
        "{schemas}modulepath /usr/lib/ldap\nmoduleload back_mdb\n\
         pidfile \"{folder}/slapd.pid\"\nargsfile \"{folder}/slapd.args\"\n\
         database mdb\nsuffix \"dc=example,dc=com\"\ndirectory \"{folder}/data\"\nmaxsize 16777216\n\
         rootdn \"{administrator}\"\nrootpw {password}\n"
    )
}
