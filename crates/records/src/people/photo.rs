//! Photographs of people: JPEG or PNG, small, and without anything beside the picture.
//!
//! Cameras write where and when a picture was taken, and on what, beside it. Only the segments that make up the picture are
//! kept; the picture itself is never decoded here.

use super::statements::{ADD_PHOTO, DROP_PHOTO, PERSON, PHOTO, TOUCH_PERSON};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Resource},
    audit::Detail,
    id,
};

/// The largest photograph, in bytes.
const LARGEST: usize = 512 * 1024;
/// The largest side, in pixels.
const LARGEST_SIDE: u32 = 2000;

/// The formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhotoFormat {
    /// JPEG (ITU-T T.81).
    Jpeg,
    /// PNG (W3C PNG, third edition).
    Png,
}

/// A photograph as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// Its format.
    pub format: PhotoFormat,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Photo {
    /// Reads a photograph that was handed in, and leaves out what is not the picture.
    ///
    /// # Errors
    /// [`Fault::Wrong`] for what is no JPEG or PNG, is broken, or too large.
    pub fn read(bytes: &[u8]) -> Result<Self, Fault> {
        if bytes.len() > LARGEST {
            return Err(Fault::wrong("The photograph is larger than 512 KiB. Make it smaller."));
        }
        let (format, kept) = if bytes.starts_with(JPEG_START) {
            (PhotoFormat::Jpeg, jpeg(bytes))
        } else if bytes.starts_with(PNG_START) {
            (PhotoFormat::Png, png(bytes))
        } else {
            return Err(Fault::wrong("A photograph is a JPEG or a PNG."));
        };
        let (bytes, (width, height)) =
            kept.ok_or_else(|| Fault::wrong("The photograph is broken. Save it again and hand it in once more."))?;
        if width == 0 || height == 0 || width > LARGEST_SIDE || height > LARGEST_SIDE {
            return Err(Fault::wrong("The photograph's sides may have at most 2,000 pixels. Make it smaller."));
        }
        Ok(Self { format, bytes })
    }
}

impl Records {
    /// Sets, or with `None` takes away, somebody's photograph. `revision` is the row's as it was read.
    pub async fn set_photo(
        &self,
        session: &Session,
        person: id::Person,
        revision: i64,
        photo: Option<&Photo>,
    ) -> Result<(), Fault> {
        let detail = Detail::none().with("fields", "photo");
        let mut entered = self.act(session, Act::PersonChanged, Resource::Person(person), detail).await?;
        let written = write(&mut entered, person, revision, photo).await;
        entered.finish(written).await
    }

    /// Somebody's photograph.
    pub async fn photo(&self, session: &Session, person: id::Person) -> Result<Photo, Fault> {
        let detail = Detail::none().with("fields", "photo");
        let mut entered = self.act(session, Act::DirectoryRead, Resource::Person(person), detail).await?;
        let photo = read(&mut entered, person).await;
        entered.finish(photo).await
    }
}

async fn write(entered: &mut Entered, person: id::Person, revision: i64, photo: Option<&Photo>) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    entered.row(&PERSON, &[person.into(), school.into()]).await?.ok_or(Fault::NotFound)?;
    entered.change_one(&TOUCH_PERSON, &[person.into(), school.into(), revision.into()]).await?;
    let _was_one = entered.change(&DROP_PHOTO, &[person.into(), school.into()]).await?;
    if let Some(photo) = photo {
        let format = if photo.format == PhotoFormat::Jpeg { "jpeg" } else { "png" };
        let values = [person.into(), school.into(), format.into(), photo.bytes.as_slice().into(), now.into()];
        entered.change_one(&ADD_PHOTO, &values).await?;
    }
    Ok(())
}

async fn read(entered: &mut Entered, person: id::Person) -> Result<Photo, Fault> {
    let row = entered.row(&PHOTO, &[person.into(), entered.session().school.into()]).await?.ok_or(Fault::NotFound)?;
    let format = if row.get::<String>(0)? == "jpeg" { PhotoFormat::Jpeg } else { PhotoFormat::Png };
    Ok(Photo { format, bytes: row.get(1)? })
}

type Kept = (Vec<u8>, (u32, u32));

const JPEG_START: &[u8] = &[0xff, 0xd8, 0xff];
const PNG_START: &[u8] = b"\x89PNG\r\n\x1a\n";

/// The segments of a JPEG that make up the picture (T.81 §B.1.1.4, table B.1), and its width and height.
fn jpeg(bytes: &[u8]) -> Option<Kept> {
    let mut kept = vec![0xff, 0xd8];
    let mut size = None;
    let mut at = 2;
    loop {
        let marker = match bytes.get(at..at + 2)? {
            // Any number of fill bytes may stand before a marker.
            [0xff, 0xff] => {
                at += 1;
                continue;
            }
            [0xff, marker] => *marker,
            _ => return None,
        };
        if marker == 0xd9 {
            kept.extend([0xff, 0xd9]);
            return Some((kept, size?));
        }
        let length = usize::from(u16::from_be_bytes(bytes.get(at + 2..at + 4)?.try_into().ok()?));
        let segment = bytes.get(at + 4..at + 2 + length)?;
        let end = at + 2 + length;
        match marker {
            // Frames; a second one (of a hierarchical picture) is not for a photograph of a face.
            0xc0..=0xc2 => {
                if size.is_some() {
                    return None;
                }
                let side = |at: usize| Some(u32::from(u16::from_be_bytes(segment.get(at..at + 2)?.try_into().ok()?)));
                size = Some((side(3)?, side(1)?));
            }
            // Tables, restart intervals, the head of a scan.
            0xc4 | 0xdb | 0xdd | 0xda => {}
            // Adobe's word on colours, without which they come out wrong; it has exactly 12 bytes.
            0xee if segment.starts_with(b"Adobe") && segment.len() == 12 => {}
            // JFIF's own header; without a small picture inside it has exactly 14 bytes.
            0xe0 if segment.starts_with(b"JFIF\0") && segment.len() == 14 => {}
            // Everything else an application wrote, and comments.
            0xe0..=0xef | 0xfe => {
                at = end;
                continue;
            }
            _ => return None,
        }
        kept.extend(bytes.get(at..end)?);
        at = end;
        if marker == 0xda {
            let data = scan_data(bytes.get(at..)?)?;
            kept.extend(data);
            at += data.len();
        }
    }
}

/// The coded data after the head of a scan: until a marker that is neither a stuffed byte nor a restart (T.81 §B.1.1.5).
fn scan_data(bytes: &[u8]) -> Option<&[u8]> {
    let is_end = |pair: &[u8]| matches!(pair, [0xff, second] if *second != 0 && !(0xd0..=0xd7).contains(second));
    let end = bytes.windows(2).position(is_end)?;
    bytes.get(..end)
}

/// The chunks of a PNG that make up the picture (PNG §11.2 and the tRNS chunk), and its width and height.
fn png(bytes: &[u8]) -> Option<Kept> {
    let mut kept = PNG_START.to_vec();
    let mut size = None;
    let mut at = PNG_START.len();
    loop {
        let length = usize::try_from(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?)).ok()?;
        let kind = bytes.get(at + 4..at + 8)?;
        let end = at.checked_add(12)?.checked_add(length)?;
        let chunk = bytes.get(at..end)?;
        match kind {
            b"IHDR" if size.is_none() => {
                let side = |at: usize| Some(u32::from_be_bytes(chunk.get(at..at + 4)?.try_into().ok()?));
                size = Some((side(8)?, side(12)?));
                kept.extend(chunk);
            }
            b"PLTE" | b"IDAT" | b"tRNS" if size.is_some() => kept.extend(chunk),
            b"IEND" => {
                kept.extend(chunk);
                return Some((kept, size?));
            }
            // A small first letter: a chunk that a reader may pass over.
            [first, ..] if first.is_ascii_lowercase() => {}
            _ => return None,
        }
        at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker], length.as_slice(), content].concat()
    }

    fn chunk(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
        [u32::try_from(content.len()).unwrap().to_be_bytes().as_slice(), &kind, content, &[0; 4]].concat()
    }

    fn a_jpeg(more: &[u8], side: u16) -> Vec<u8> {
        let [high, low] = side.to_be_bytes();
        let frame = segment(0xc0, &[8, high, low, high, low, 1, 1, 0x11, 0]);
        let scan = [segment(0xda, &[1, 1, 0, 0, 63, 0]), vec![1, 0xff, 0, 2, 0xff, 0xd0, 3]].concat();
        [&[0xff, 0xd8], more, &frame, &scan, &[0xff, 0xd9]].concat()
    }

    fn a_png(more: &[u8]) -> Vec<u8> {
        let head = chunk(*b"IHDR", &[0, 0, 0, 4, 0, 0, 0, 5, 8, 2, 0, 0, 0]);
        [PNG_START, &head, more, &chunk(*b"IDAT", b"picture"), &chunk(*b"IEND", b"")].concat()
    }

    #[test]
    fn only_the_picture_is_kept() {
        let said =
            [segment(0xe1, b"Exif\0\0 51.50 N"), segment(0xfe, b"comment"), segment(0xe0, b"JFXX\0small")].concat();
        let photo = Photo::read(&[a_jpeg(&said, 40), b"trailing".to_vec()].concat()).unwrap();
        assert_eq!(photo, Photo { format: PhotoFormat::Jpeg, bytes: a_jpeg(&[], 40) });
        let said = [chunk(*b"tEXt", b"Author"), chunk(*b"eXIf", b"51.50 N"), chunk(*b"tIME", b"now")].concat();
        let photo = Photo::read(&[a_png(&said), b"trailing".to_vec()].concat()).unwrap();
        assert_eq!(photo, Photo { format: PhotoFormat::Png, bytes: a_png(&[]) });
    }

    #[test]
    fn what_is_no_photograph_is_refused() {
        let huge_chunk = [PNG_START, &[0xff; 4], b"IDAT"].concat();
        for bytes in [b"GIF89a".to_vec(), b"<svg/>".to_vec(), Vec::new(), huge_chunk, a_png(&chunk(*b"EVIL", b""))] {
            assert!(Photo::read(&bytes).is_err());
        }
        assert!(Photo::read(&a_jpeg(&[], 2001)).is_err());
        assert!(Photo::read(&a_jpeg(&[], 0)).is_err());
        assert!(Photo::read(&vec![0xff; LARGEST + 1]).is_err());
        let (jpeg, png) = (a_jpeg(&segment(0xe1, b"Exif"), 40), a_png(&chunk(*b"tEXt", b"Author")));
        for whole in [jpeg, png] {
            for length in 0..whole.len() {
                assert!(Photo::read(&whole[..length]).is_err(), "cut at {length}");
            }
        }
    }
}
