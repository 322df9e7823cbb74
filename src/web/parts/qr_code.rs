//! A QR code as a picture in the page itself, without any style that our content policy would refuse.

use std::fmt;

use qrcode::{Color, QrCode as Squares};

/// The empty border that readers need, in squares.
const BORDER: usize = 4;

/// A picture of some text.
pub struct QrCode {
    label: &'static str,
    squares: Option<Squares>,
}

impl QrCode {
    /// `label` is what people hear who cannot see the picture.
    pub fn new(text: &str, label: &'static str) -> Self {
        Self { label, squares: Squares::new(text).ok() }
    }
}

/// Always dark on light, which is what cameras read.
impl fmt::Display for QrCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(squares) = &self.squares else { return Ok(()) };
        let size = squares.width() + 2 * BORDER;
        write!(
            f,
            r##"<svg class="qr" role="img" aria-label="{}" width="220" height="220" viewBox="0 0 {size} {size}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{size}v{size}H0z"/><path fill="#000" d=""##,
            self.label
        )?;
        for (at, color) in squares.to_colors().into_iter().enumerate() {
            if color == Color::Dark {
                let (x, y) = (at % squares.width() + BORDER, at / squares.width() + BORDER);
                write!(f, "M{x} {y}h1v1h-1z")?;
            }
        }
        f.write_str(r#""/></svg>"#)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_a_name_and_no_style() {
        let picture = QrCode::new("otpauth://totp/x", "QR code").to_string();
        assert!(picture.starts_with("<svg") && picture.ends_with("</svg>"));
        assert!(picture.contains(r#"role="img" aria-label="QR code""#) && !picture.contains("style"));
    }
}
