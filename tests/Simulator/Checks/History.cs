using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using HftEngine.Core.Readers;

namespace HftEngine.Simulation;

/// <summary>
/// Everything that was released, by sequence: what all clients and readers must have seen the same way, and what must
/// still be so after every crash.
/// </summary>
internal sealed class History
{
    private readonly List<Entry> _commands = [];

    /// <summary>A reader of a log that is never flushed cannot tell a write that the disk threw away.</summary>
    public bool IsOfLyingDisk { get; set; }

    /// <summary>Events that readers did not get from a lying disk.</summary>
    public int Gaps { get; set; }

    /// <summary>A mode that allows it has lost released commands.</summary>
    public bool HasLost { get; private set; }

    /// <summary>Sequence of the last released command that is known.</summary>
    public ulong Last => (ulong)_commands.Count;

    /// <summary>Adds released frames behind what is known; commands without events leave no frames.</summary>
    public void Append(ReadOnlySpan<byte> frames)
    {
        while (!frames.IsEmpty)
        {
            int length = MemoryMarshal.Read<int>(frames);
            EventPosition at = PositionOf(frames);
            if (at.Sequence < Last || (at.Sequence == Last && at.Index != (uint)_commands[^1].Frames.Count))
            {
                throw new SimulationFailure($"The event {at} was released after {Last} was.");
            }

            while (Last < at.Sequence)
            {
                _commands.Add(new Entry(at.Epoch, []));
            }

            if (at.Index != (uint)_commands[^1].Frames.Count)
            {
                throw new SimulationFailure($"The event {at} was released without the one before it.");
            }

            _commands[^1].Frames.Add(frames[..length].ToArray());
            frames = frames[length..];
        }
    }

    /// <summary>Released up to here, the last commands without an event.</summary>
    public void ReachTo(ulong sequence, uint epoch)
    {
        while (Last < sequence)
        {
            _commands.Add(new Entry(epoch, []));
        }
    }

    public IReadOnlyList<byte[]> FramesOf(ulong sequence) =>
        sequence == 0 || sequence > Last ? [] : _commands[(int)sequence - 1].Frames;

    /// <summary>The event that follows a position; null when nothing more is released.</summary>
    public byte[]? After(EventPosition position)
    {
        ulong sequence = position.Sequence;
        long index = position.Index == uint.MaxValue ? long.MaxValue : position.Index + 1L;
        while (true)
        {
            IReadOnlyList<byte[]> frames = FramesOf(sequence);
            if (index < frames.Count)
            {
                return frames[(int)index];
            }

            if (sequence >= Last)
            {
                return null;
            }

            sequence++;
            index = 0;
        }
    }

    /// <summary>
    /// Holds what survived a crash against what was released before it; then what survived is the history.
    /// </summary>
    /// <param name="survived">Replayed from the journal.</param>
    /// <param name="mayLose">Released commands at the end may be missing.</param>
    /// <returns>How many released commands are gone.</returns>
    public ulong Continue(History survived, bool mayLose)
    {
        ulong lost = Last > survived.Last ? Last - survived.Last : 0;
        if (lost > 0 && !mayLose)
        {
            throw new SimulationFailure(
                $"Acknowledged commands are lost: {Last} were released, the journal ends at {survived.Last}.");
        }

        for (ulong sequence = 1; sequence <= ulong.Min(Last, survived.Last); sequence++)
        {
            IReadOnlyList<byte[]> before = FramesOf(sequence);
            IReadOnlyList<byte[]> after = survived.FramesOf(sequence);
            bool same = before.Count == after.Count;
            for (int i = 0; same && i < before.Count; i++)
            {
                same = before[i].AsSpan().SequenceEqual(after[i]);
            }

            if (!same)
            {
                throw new SimulationFailure($"The events of sequence {sequence} are not those that were released.");
            }
        }

        HasLost |= lost > 0;
        _commands.Clear();
        _commands.AddRange(survived._commands);
        return lost;
    }

    public static EventPosition PositionOf(ReadOnlySpan<byte> frame) => new(
        MemoryMarshal.Read<uint>(frame[16..]),
        MemoryMarshal.Read<ulong>(frame[24..]),
        MemoryMarshal.Read<uint>(frame[72..]));

    private sealed record Entry(uint Epoch, List<byte[]> Frames);
}

/// <summary>Frames are the same when their bytes are.</summary>
internal sealed class FrameBytes : IEqualityComparer<byte[]>
{
    public static readonly FrameBytes Same = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(byte[] frame) => frame.Length;
}

/// <summary>Follows one reader: each of its events must be the very next one.</summary>
internal sealed class FeedCheck(string reader, History history)
{
    public EventPosition Last { get; private set; }

    public void StartAfter(EventPosition position) => Last = position;

    public void Take(ReadOnlySpan<byte> frame)
    {
        byte[]? expected = history.After(Last);
        EventPosition at = History.PositionOf(frame);
        if (expected is null)
        {
            throw new SimulationFailure($"{reader} read {at}, which is not released, after {Last}.");
        }

        if (!frame.SequenceEqual(expected))
        {
            if (history.IsOfLyingDisk && history.FramesOf(at.Sequence).Contains(frame.ToArray(), FrameBytes.Same))
            {
                // The log misses what the disk threw away unseen. Nothing that is there is wrong.
                history.Gaps++;
                Last = at;
                return;
            }

            throw new SimulationFailure(
                $"{reader} read {at} after {Last}; the next event is {History.PositionOf(expected)}.");
        }

        Last = at;
    }
}
