//! One picture of the sprite. It never carries meaning alone: a word stands beside it.

use std::fmt;

use crate::web::assets;

/// Draws the symbol with this name.
pub fn icon(name: &'static str) -> Icon {
    Icon(name)
}

/// A symbol of `icons.svg`.
pub struct Icon(&'static str);

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sprite = assets::url("icons.svg");
        write!(f, r#"<svg class="icon" aria-hidden="true"><use href="{sprite}#{}"/></svg>"#, self.0)
    }
}
