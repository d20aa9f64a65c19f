using System;
using System.Collections.Generic;
using System.Linq;
using HftEngine.Core.Pipeline;
using HftEngine.Core.Readers;
using HftEngine.Core.Storage;
using HftEngine.Journal;
using HftEngine.Schemas;

namespace HftEngine.Simulation;

/// <summary>
/// A reader with a store of its own: what it has taken in, and its place, in one transaction now and then. Killed
/// anywhere, it starts again from the store, from the newest image, or from the beginning.
/// </summary>
internal sealed class CheckpointReader
{
    private readonly string _name;
    private readonly SimulationRandom _random;
    private readonly History _history;
    private readonly FeedCheck _check;
    private readonly byte[] _buffer = new byte[16 << 10];
    private EventPosition _stored;
    private EventFeed? _feed;
    private BookBuilder? _books;

    public CheckpointReader(int number, SimulationRandom random, History history)
    {
        _name = $"reader {number}";
        _random = random;
        _history = history;
        _check = new FeedCheck(_name, history);
    }

    public ulong Rewinds { get; private set; }

    public ulong ImageStarts { get; private set; }

    public void Act(VenueProcess venue, IStorage disk)
    {
        if (_feed is null)
        {
            Start(venue, disk);
            return;
        }

        for (int i = 1 + _random.Next(6); i > 0 && _feed is not null; i--)
        {
            ReadOnce(_feed);
        }

        if (_random.OneIn(6))
        {
            _stored = _check.Last;
        }

        if (_random.OneIn(60))
        {
            Kill();
        }
    }

    public void Kill()
    {
        _feed?.Dispose();
        _feed = null;
        _books = null;
    }

    /// <summary>Everything that is released was read; its books are those of the engine.</summary>
    public bool IsThrough(bool mayWait) => (mayWait && _feed is null) || (_feed is not null && _check.Last.Sequence > 0 && _history.After(_check.Last) is null);

    public void RequireState(IReadOnlyList<byte[]> image)
    {
        if (_books is null)
        {
            return;
        }

        var expected = new BookBuilder();
        foreach (byte[] frame in image)
        {
            expected.ApplyFrames(frame);
        }

        bool sameMoney = expected.Balances.SequenceEqual(_books.Balances);
        bool sameOrders = expected.OpenOrders == _books.OpenOrders;
        if (!sameMoney || !sameOrders)
        {
            throw new SimulationFailure($"The state of {_name}, from image and events, is not the engine's.");
        }
    }

    private void Start(VenueProcess venue, IStorage disk)
    {
        var images = new ImageStore(disk, venue.Journal.JournalId);
        bool hasImages = images.List().Count > 0;
        bool needsImage = _stored == default && disk.Exists(FileNames.EventsKept);
        if (needsImage && !hasImages)
        {
            // Without an image only a log that is kept from the first event on can be begun with: this reader waits.
            return;
        }

        _feed = new EventFeed(venue.Events.OpenReader(), venue.Recovered.EventLog);
        if (needsImage || (hasImages && _random.OneIn(3)))
        {
            StartFromImage(images);
            return;
        }

        // Without an image books can be built from the first event only.
        _books = _stored == default ? new BookBuilder() : null;
        _check.StartAfter(_stored);
        _feed.StartAfter(_stored);

        // A place in the log is taken with the first read: retention may move the log's beginning at any time.
        ReadOnce(_feed);
    }

    private void StartFromImage(ImageStore images)
    {
        using IImage image = images.OpenNewest();
        if (image.At.Sequence > _history.Last)
        {
            // Of a history that is gone: the log says so to whoever starts from it.
            _stored = image.At;
            _check.StartAfter(image.At);
            _feed!.StartAfter(image.At);
            return;
        }

        ImageStarts++;
        _books = new BookBuilder();
        int bytes;
        while ((bytes = image.Read(_buffer)) > 0)
        {
            _books.ApplyFrames(_buffer.AsSpan(0, bytes));
        }

        _check.StartAfter(image.At);
        _feed!.StartAfter(image.At);
    }

    private void ReadOnce(EventFeed feed)
    {
        EventRead read = feed.Read(_buffer, out int bytes);
        switch (read)
        {
            case EventRead.Events:
                Take(_buffer.AsSpan(0, bytes));
                break;
            case EventRead.Rewound:
                Rewinds++;
                if (feed.Last.Sequence > _history.Last)
                {
                    throw new SimulationFailure($"{_name} was rewound to {feed.Last}, which is not there.");
                }

                _stored = feed.Last;
                Kill();
                break;
            case EventRead.Expired:
                // The log goes back to the oldest image only; this reader was away for longer.
                _stored = default;
                Kill();
                break;
        }
    }

    private void Take(ReadOnlySpan<byte> frames)
    {
        var split = new List<byte[]>();
        Survival.Split(frames, split);
        foreach (byte[] frame in split)
        {
            _check.Take(frame);
            _books?.ApplyFrames(frame);
        }
    }
}
