using System;
using System.Collections.Generic;
using HftEngine.Core;
using HftEngine.Core.Readers;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>
/// Gives the frames of one image, ImageBegin … ImageEnd, in pieces of whole frames: <c>Engine.WriteImage</c>.
/// </summary>
public delegate void ImageFrames(ImageSink sink);

/// <summary>
/// The images of a folder: where readers start. A file is whole under its name, or it is not there.
/// </summary>
public sealed class ImageStore(IStorage storage, UInt128 journalId) : IImageSource
{
    /// <summary>Writes an image aside, flushed, before it gets its name.</summary>
    /// <param name="at">After which command it is the state; the event log must reach as far.</param>
    /// <param name="frames">Gives the content.</param>
    public void Write(EventPosition at, ImageFrames frames)
    {
        string name = FileNames.Image(at.Epoch, at.Sequence);
        string aside = name + FileNames.AsideSuffix;
        if (storage.Exists(aside))
        {
            storage.Delete(aside);
        }

        using (IStorageFile file = storage.Create(aside, SegmentHeader.Size))
        {
            var writer = new ImageWriter(file, journalId, at);
            frames(writer.Append);
            writer.Close();
            file.Flush();
        }

        storage.Rename(aside, name);
        storage.FlushFolder();
    }

    /// <inheritdoc/>
    /// <exception cref="RecoveryRefusedException">There is no whole image.</exception>
    public IImage OpenNewest()
    {
        List<EventPosition> images = List();
        for (int i = images.Count - 1; i >= 0; i--)
        {
            if (IsWhole(images[i]))
            {
                return new Image(storage, images[i]);
            }
        }

        throw new RecoveryRefusedException("There is no whole image to start from.");
    }

    /// <summary>Rising; whole or not.</summary>
    public List<EventPosition> List()
    {
        var images = new List<EventPosition>();
        foreach (string name in storage.List())
        {
            if (FileNames.TryParsePosition(
                name, FileNames.ImagePrefix, FileNames.ImageSuffix, out EventPosition at))
            {
                images.Add(at);
            }
        }

        images.Sort();
        return images;
    }

    /// <summary>Reads the whole file with its checksums.</summary>
    public bool IsWhole(EventPosition at)
    {
        try
        {
            using EventSegmentReader reader = Open(storage, at);
            ulong bytes = 0;
            while (reader.Next())
            {
                if (reader.Block.Kind == EventBlockKind.ImageEnd)
                {
                    return reader.Block.Sequence == bytes && reader.Header.JournalId == journalId;
                }

                bytes += reader.Block.PayloadBytes;
            }

            return false;
        }
        catch (JournalDamageException)
        {
            return false;
        }
    }

    /// <summary>
    /// Deletes all but the newest, and only when these are whole. Tells the oldest that is left.
    /// </summary>
    public EventPosition Retain(int count)
    {
        Invariant.Require(count >= 1);
        List<EventPosition> images = List();
        int whole = 0;
        int i = images.Count - 1;
        for (; i >= 0 && whole < count; i--)
        {
            whole += IsWhole(images[i]) ? 1 : 0;
        }

        for (int old = 0; old <= i; old++)
        {
            storage.Delete(FileNames.Image(images[old].Epoch, images[old].Sequence));
        }

        return images.Count == 0 ? default : images[i + 1];
    }

    internal static EventSegmentReader Open(IStorage storage, EventPosition at) =>
        new(storage, FileNames.Image(at.Epoch, at.Sequence), SegmentHeader.ImageMagic);
}
