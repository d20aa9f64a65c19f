using System;
using System.Runtime.InteropServices;
using HftEngine.Core.Readers;
using HftEngine.Core.Storage;
using NUnit.Framework;

namespace HftEngine.Journal.Tests;

/// <summary>Reads an event log as a gateway would and holds it against what the stub engine makes.</summary>
internal static class EventLogChecks
{
    /// <summary>Every event of the commands 1 … last is there, once, in order.</summary>
    public static void IsComplete(IStorage storage, ulong last, string what)
    {
        using var cursor = new EventCursor(storage, default);
        var expected = new ExpectedEvents(default);
        byte[] buffer = new byte[4096];
        EventRead read;
        while ((read = cursor.Read(buffer, out int bytes)) == EventRead.Events)
        {
            expected.Take(buffer.AsSpan(0, bytes), what);
        }

        Assert.That(read, Is.EqualTo(EventRead.None), what);
        expected.IsAt(last, what);
    }
}

/// <summary>The next event that has to come.</summary>
internal sealed class ExpectedEvents
{
    private ulong _sequence;
    private uint _index;

    public ExpectedEvents(EventPosition after)
    {
        _sequence = after.Sequence;
        _index = after.Index;
        Advance();
    }

    public EventPosition Last { get; private set; }

    public void Take(ReadOnlySpan<byte> frames, string what)
    {
        while (!frames.IsEmpty)
        {
            int bytes = MemoryMarshal.Read<int>(frames);
            Last = new EventPosition(
                MemoryMarshal.Read<uint>(frames[16..]),
                MemoryMarshal.Read<ulong>(frames[24..]),
                MemoryMarshal.Read<uint>(frames[72..]));
            if (Last.Sequence != _sequence || Last.Index != _index)
            {
                Assert.Fail($"{what}: event {Last}, expected ({_sequence}, {_index})");
            }

            Advance();
            frames = frames[bytes..];
        }
    }

    /// <summary>All events up to this command came.</summary>
    public void IsAt(ulong last, string what)
    {
        while (_sequence <= last && StubEngine.EventsOf(_sequence) == 0)
        {
            _sequence++;
        }

        Assert.That(_sequence, Is.GreaterThan(last), what);
    }

    private void Advance()
    {
        if (_sequence > 0 && _index + 1L < StubEngine.EventsOf(_sequence) && _index != uint.MaxValue)
        {
            _index++;
            return;
        }

        _index = 0;
        do
        {
            _sequence++;
        }
        while (StubEngine.EventsOf(_sequence) == 0);
    }
}
