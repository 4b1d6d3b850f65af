//! Packing a rotated part, a piece at a time, and reading what was packed. Each piece is a frame that is whole by itself,
//! so that no piece takes longer than a few milliseconds and any byte is found by decoding one. What would not come back
//! as it was is kept as it is.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;

use ruzstd::decoding::StreamingDecoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::files::Files;
use crate::sys::file;

/// Bytes of a frame's content.
pub(super) const PIECE: usize = 64 << 10;
/// A frame that readers pass over (RFC 8878, 3.1.2), of the number that the seekable format has.
const SKIPPED: u32 = 0x184D_2A5E;
const SEEKABLE: u32 = 0x8F92_EAB1;
const FOOTER: usize = 9;

/// A part that is being packed.
#[derive(Debug)]
pub(super) struct Packer {
    number: u64,
    raw: File,
    packed: File,
    done: u64,
    /// Of each frame its own length and its content's.
    table: Vec<(u32, u32)>,
}

impl Packer {
    pub(super) fn start(files: &Files, number: u64) -> io::Result<Packer> {
        let raw = File::open(files.raw(number))?;
        let packed = file::create_private(&files.half(number))?;
        Ok(Packer { number, raw, packed, done: 0, table: Vec::new() })
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Packs one piece; `true` once the packed part has taken the raw one's place.
    pub(super) fn step(&mut self, files: &Files) -> io::Result<bool> {
        let mut piece = vec![0; PIECE];
        let len = read_full(&self.raw, &mut piece, self.done)?;
        if len == 0 {
            self.packed.write_all(&seek_table(&self.table))?;
            std::fs::rename(files.half(self.number), files.packed(self.number))?;
            std::fs::remove_file(files.raw(self.number))?;
            return Ok(true);
        }
        let frame = frame(&piece[..len]);
        self.packed.write_all(&frame)?;
        self.table.push((frame.len() as u32, len as u32));
        self.done += len as u64;
        Ok(false)
    }
}

/// A frame of this content. That it comes back is seen before the raw bytes may go.
fn frame(content: &[u8]) -> Vec<u8> {
    let packed = compress_to_vec(content, CompressionLevel::Fastest);
    if packed.len() < content.len() && unpack(&packed).is_ok_and(|back| back == content) {
        return packed;
    }
    compress_to_vec(content, CompressionLevel::Uncompressed)
}

fn unpack(frame: &[u8]) -> io::Result<Vec<u8>> {
    let mut content = Vec::with_capacity(PIECE);
    // No frame of ours is longer, so a forged one cannot ask for more.
    let decoder = StreamingDecoder::new(frame).map_err(io::Error::other)?;
    decoder.take(2 * PIECE as u64).read_to_end(&mut content)?;
    Ok(content)
}

fn seek_table(table: &[(u32, u32)]) -> Vec<u8> {
    let len = table.len() * 8 + FOOTER;
    let mut bytes = Vec::with_capacity(8 + len);
    let mut add = |number: u32| bytes.extend(number.to_le_bytes());
    add(SKIPPED);
    add(len as u32);
    table.iter().for_each(|(packed, content)| [*packed, *content].into_iter().for_each(&mut add));
    add(table.len() as u32);
    bytes.push(0);
    bytes.extend(SEEKABLE.to_le_bytes());
    bytes
}

/// A frame's place: in the content, and in the file.
#[derive(Clone, Copy, Debug)]
struct Frame {
    at: u64,
    len: u32,
    file_at: u64,
    file_len: u32,
}

/// A packed part.
#[derive(Debug)]
pub(super) struct Packed {
    file: File,
    frames: Vec<Frame>,
    /// The frame that was decoded last, by its place in `frames`.
    open: Option<(usize, Vec<u8>)>,
}

impl Packed {
    /// Reads the seek table. A file that is not whole, or not ours, is an error.
    pub(super) fn open(file: File) -> io::Result<Packed> {
        let bad = || io::Error::new(io::ErrorKind::InvalidData, "it has no seek table");
        let size = file.metadata()?.len();
        let mut footer = [0; FOOTER];
        let footer_at = size.checked_sub(FOOTER as u64).ok_or_else(bad)?;
        file.read_exact_at(&mut footer, footer_at)?;
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0u32, |n, &b| n << 8 | u32::from(b));
        let table_at = footer_at.checked_sub(u64::from(number(&footer[..4])) * 8).ok_or_else(bad)?;
        if footer[4] != 0 || number(&footer[5..]) != SEEKABLE {
            return Err(bad());
        }
        let mut table = vec![0; (footer_at - table_at) as usize];
        file.read_exact_at(&mut table, table_at)?;
        let (mut frames, mut at, mut file_at) = (Vec::new(), 0, 0);
        for (packed, content) in table.as_chunks::<8>().0.iter().map(|pair| (number(&pair[..4]), number(&pair[4..]))) {
            frames.push(Frame { at, len: content, file_at, file_len: packed });
            at += u64::from(content);
            file_at += u64::from(packed);
        }
        if file_at + 8 != table_at {
            return Err(bad());
        }
        Ok(Packed { file, frames, open: None })
    }

    /// Bytes of its content.
    pub(super) fn len(&self) -> u64 {
        self.frames.last().map_or(0, |last| last.at + u64::from(last.len))
    }

    /// Reads from byte `at` of the content on, within one frame; 0 at the end.
    pub(super) fn read_at(&mut self, buf: &mut [u8], at: u64) -> io::Result<usize> {
        let after = self.frames.partition_point(|frame| frame.at <= at);
        let Some(which) = after.checked_sub(1).filter(|_| at < self.len()) else { return Ok(0) };
        let frame = self.frames[which];
        if self.open.as_ref().is_none_or(|(open, _)| *open != which) {
            let mut packed = vec![0; frame.file_len as usize];
            self.file.read_exact_at(&mut packed, frame.file_at)?;
            let content = unpack(&packed)?;
            if content.len() != frame.len as usize {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame in it is not what its table says"));
            }
            self.open = Some((which, content));
        }
        let content = self.open.as_ref().map_or(&[][..], |(_, content)| content);
        let rest = content.get((at - frame.at) as usize..).unwrap_or_default();
        let len = rest.len().min(buf.len());
        buf[..len].copy_from_slice(&rest[..len]);
        Ok(len)
    }
}

/// Reads until the buffer is full or the file ends.
pub(super) fn read_full(file: &File, buf: &mut [u8], at: u64) -> io::Result<usize> {
    let mut len = 0;
    while len < buf.len() {
        match file.read_at(&mut buf[len..], at + len as u64) {
            Ok(0) => break,
            Ok(n) => len += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(len)
}
