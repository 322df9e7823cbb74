//! `localboxs user`.

use std::io::Read;

use clap::{Args, Subcommand};

use super::table::table;
use super::{Failure, database, say};
use crate::app::App;
use crate::config::Config;
use crate::domain::agent_email::is_usable_address;
use crate::domain::password::Password;
use crate::domain::user::{Role, User};
use crate::services::accounts::{self, NewPerson};
use crate::services::passwords;

/// More than any password, so that a wrong file is not read whole.
const LONGEST_INPUT: u64 = 4_096;
const TIERS: &str = "A tier that exists in the database, such as FREE, PRO, PRO_PLUS or ENTERPRISE";
const EMAIL: &str = "The address that person signs in with";
const ROLES: &str = "USER (a tenant), ADMIN or SUPER_ADMIN";

#[derive(Subcommand)]
pub enum UserCommand {
    /// Add somebody who can sign in; without --password-stdin a password is generated and printed once
    Add {
        /// Address to sign in with; a tenant's agents get addresses made from it
        #[arg(long)]
        email: String,
        /// Name as pages show it
        #[arg(long)]
        name: String,
        #[arg(long, default_value = "PRO", help = TIERS)]
        tier: String,
        #[arg(long, default_value = "USER", value_parser = role, help = ROLES)]
        role: Role,
        #[command(flatten)]
        password: PasswordSource,
    },
    /// Show everybody
    List,
    /// Move somebody to another tier
    SetTier {
        #[arg(long, help = EMAIL)]
        email: String,
        #[arg(long, help = TIERS)]
        tier: String,
    },
    /// Give somebody another role and end their sessions
    SetRole {
        #[arg(long, help = EMAIL)]
        email: String,
        #[arg(long, value_parser = role, help = ROLES)]
        role: Role,
    },
    /// Give somebody a new password and end their sessions
    SetPassword {
        #[arg(long, help = EMAIL)]
        email: String,
        #[command(flatten)]
        password: PasswordSource,
    },
    /// Take somebody's second factor away and end their sessions
    ResetSecondFactor {
        #[arg(long, help = EMAIL)]
        email: String,
    },
    /// Shut somebody out from the next request on
    Disable {
        #[arg(long, help = EMAIL)]
        email: String,
    },
    /// Let somebody sign in again
    Enable {
        #[arg(long, help = EMAIL)]
        email: String,
    },
}

#[derive(Args)]
pub struct PasswordSource {
    /// Read the password from standard input (8 to 128 characters, not easy to guess) instead of generating one
    #[arg(long)]
    password_stdin: bool,
}

/// Does what the command says to the people in the database.
pub async fn run(command: UserCommand, config: Config) -> Result<(), Failure> {
    let app = database::open_app(config).await?;
    let outcome = carry_out(command, &app).await;
    database::close(&app).await;
    outcome
}

async fn carry_out(command: UserCommand, app: &App) -> Result<(), Failure> {
    match command {
        UserCommand::Add { email, name, tier, role, password } => {
            add(app, NewPerson { email, name, tier, role, password: password.read()? }, &password).await?;
        }
        UserCommand::List => list(app).await?,
        UserCommand::SetTier { email, tier } => {
            accounts::set_tier(app, &email, &tier).await?;
            say(format!("{email} has the tier {} now.", tier.to_uppercase()));
        }
        UserCommand::SetRole { email, role } => {
            accounts::set_role(app, &email, role).await?;
            say(format!("{email} has the role {} now; open sessions are ended.", role.key()));
        }
        UserCommand::SetPassword { email, password } => {
            let new = password.read()?;
            accounts::set_password(app, &email, new.clone()).await?;
            say(format!("{email} has a new password; open sessions are ended."));
            password.show_if_generated(&new);
        }
        UserCommand::ResetSecondFactor { email } => {
            if accounts::reset_second_factor(app, &email).await? {
                say(format!("{email} has no second factor any more; open sessions are ended."));
            } else {
                say(format!("{email} has no second factor. Nothing was changed."));
            }
        }
        UserCommand::Disable { email } => {
            accounts::disable(app, &email).await?;
            say(format!("{email} is shut out."));
        }
        UserCommand::Enable { email } => {
            accounts::enable(app, &email).await?;
            say(format!("{email} can sign in again."));
        }
    }
    Ok(())
}

async fn add(app: &App, new: NewPerson, source: &PasswordSource) -> Result<(), Failure> {
    if !is_usable_address(new.email.trim()) {
        return Err(Failure::new(
            "That e-mail cannot be used: Chatwoot takes plain addresses such as ana@example.com.",
        ));
    }
    let password = new.password.clone();
    let user = accounts::create_user(app, new).await?;
    say(format!("Added {} ({}, tier {}).", user.email, user.role.key(), user.tier.key));
    source.show_if_generated(&password);
    Ok(())
}

async fn list(app: &App) -> Result<(), Failure> {
    let users = accounts::list(app).await?;
    if users.is_empty() {
        say("There are no users yet; add one with: localboxs user add --email E --name N");
        return Ok(());
    }
    let row = |user: User| {
        let state = if user.disabled { "shut out" } else { "active" };
        [user.email, user.name, user.tier.key, user.role.key().to_owned(), state.to_owned()]
    };
    let rows: Vec<_> = users.into_iter().map(row).collect();
    say(table(["E-mail", "Name", "Tier", "Role", "State"], &rows));
    Ok(())
}

impl PasswordSource {
    fn read(&self) -> Result<Password, Failure> {
        if !self.password_stdin {
            return Ok(passwords::generate());
        }
        let mut typed = String::new();
        std::io::stdin().take(LONGEST_INPUT).read_to_string(&mut typed).map_err(|error| {
            Failure::new(format!("The password cannot be read from standard input: {error}."))
        })?;
        Ok(Password::new(typed.trim_end_matches(['\r', '\n']).to_owned()))
    }

    fn show_if_generated(&self, password: &Password) {
        if !self.password_stdin {
            say(format!("Password: {}  (not shown again)", password.reveal()));
        }
    }
}

fn role(typed: &str) -> Result<Role, &'static str> {
    Role::parse(typed).ok_or("use USER, ADMIN or SUPER_ADMIN")
}
