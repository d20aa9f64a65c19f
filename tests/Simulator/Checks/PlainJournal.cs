using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using HftEngine.Core.Storage;

namespace HftEngine.Simulation;

/// <summary>One command as it stands in the journal.</summary>
/// <param name="Epoch">Of its envelope.</param>
/// <param name="Sequence">Of its envelope.</param>
/// <param name="TimestampNs">Of its envelope.</param>
/// <param name="Message">Header and block.</param>
internal sealed record PlainCommand(uint Epoch, ulong Sequence, long TimestampNs, byte[] Message);

/// <summary>
/// docs/journal-format.md read a second time, in the plainest way, sharing nothing with the journal's own reader. Judges
/// what survived.
/// </summary>
internal static class PlainJournal
{
    private const int HeaderBytes = 4096;
    private const uint ControlWord = 0x80000018;
    private const uint CastagnoliReflected = 0x82F63B78;

    private static readonly uint[] Table = MakeTable();

    /// <summary>All commands of the folder, each checked against the one before.</summary>
    /// <exception cref="SimulationFailure">What stands there is not what the format says.</exception>
    public static List<PlainCommand> Read(SimulatedStorage disk)
    {
        var segments = new SortedDictionary<ulong, (string Name, byte[] Bytes)>();
        foreach (string name in disk.List())
        {
            byte[] bytes = disk.Bytes(name);
            bool isNamed = name.StartsWith("journal-", StringComparison.Ordinal)
                && name.EndsWith(".seg", StringComparison.Ordinal);
            bool isInUse = name.StartsWith("prepared-", StringComparison.Ordinal)
                && bytes.Length > HeaderBytes && U32(bytes, HeaderBytes) != 0;
            if ((isNamed || isInUse) && bytes.Length >= HeaderBytes && U64(bytes, 0) != 0)
            {
                segments.Add(U64(bytes, 40), (name, bytes));
            }
        }

        var commands = new List<PlainCommand>();
        uint crc = 0;
        foreach ((ulong first, (string name, byte[] bytes)) in segments)
        {
            Require(first == (ulong)commands.Count + 1, $"{name} starts at {first} after {commands.Count}");
            Require(U32(bytes, 56) == crc, $"{name} does not continue the checksum {crc:x8}");
            ReadSegment(name, bytes, commands, ref crc);
        }

        return commands;
    }

    private static void ReadSegment(string name, byte[] bytes, List<PlainCommand> commands, ref uint crc)
    {
        uint epoch = U32(bytes, 32);
        uint seed = Crc(0, bytes.AsSpan(16, 16));
        int at = HeaderBytes;
        int batchEnd = at;
        while (at + 8 <= bytes.Length && U32(bytes, at) != 0)
        {
            if (U32(bytes, at) == ControlWord)
            {
                Require(at == batchEnd, $"{name}: a control record within a batch at {at}");
                Require(ControlCrc(bytes, at, seed) == U32(bytes, at + 4), $"{name}: control record at {at}");
                bool isBatch = U16(bytes, at + 8) == 1;
                batchEnd = at + 32 + (isBatch ? (int)U32(bytes, at + 28) : 0);
                at += 32;
                continue;
            }

            int length = (int)U32(bytes, at);
            Require(length >= 64 && at + 8 + length <= batchEnd, $"{name}: length {length} at {at}");
            crc = Crc(Crc(crc, bytes.AsSpan(at, 4)), bytes.AsSpan(at + 8, length));
            Require(crc == U32(bytes, at + 4), $"{name}: the record at {at} does not match its checksum");
            Take(name, bytes.AsSpan(at + 8, length), epoch, commands);
            at += 8 + ((length + 7) & ~7);
        }

        // The end of a write that a crash cut short is taken away; what its batch announced stays.
        Require(at <= batchEnd, $"{name}: the last batch ends at {at}, beyond {batchEnd}");
        Require(bytes.AsSpan(at).IndexOfAnyExcept((byte)0) < 0, $"{name}: something stands behind {at}");
    }

    private static void Take(string name, ReadOnlySpan<byte> message, uint epoch, List<PlainCommand> commands)
    {
        uint ownEpoch = BinaryPrimitives.ReadUInt32LittleEndian(message[8..]);
        ulong sequence = BinaryPrimitives.ReadUInt64LittleEndian(message[16..]);
        long timestampNs = BinaryPrimitives.ReadInt64LittleEndian(message[24..]);
        Require(sequence == (ulong)commands.Count + 1, $"{name}: sequence {sequence} after {commands.Count}");
        Require(ownEpoch == epoch, $"{name}: epoch {ownEpoch} in a segment of {epoch}");
        if (commands.Count > 0)
        {
            Require(timestampNs > commands[^1].TimestampNs, $"{name}: time stands still at {sequence}");
            Require(ownEpoch >= commands[^1].Epoch, $"{name}: the epoch falls at {sequence}");
        }

        commands.Add(new PlainCommand(ownEpoch, sequence, timestampNs, message.ToArray()));
    }

    private static uint ControlCrc(byte[] bytes, int at, uint seed)
    {
        Span<byte> covered = stackalloc byte[44];
        bytes.AsSpan(40, 8).CopyTo(covered);
        BinaryPrimitives.WriteInt64LittleEndian(covered[8..], at);
        bytes.AsSpan(at, 4).CopyTo(covered[16..]);
        bytes.AsSpan(at + 8, 24).CopyTo(covered[20..]);
        return Crc(seed, covered);
    }

    private static uint Crc(uint seed, ReadOnlySpan<byte> bytes)
    {
        uint crc = ~seed;
        foreach (byte b in bytes)
        {
            crc = Table[(byte)(crc ^ b)] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static uint[] MakeTable()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value & 1) != 0 ? (value >> 1) ^ CastagnoliReflected : value >> 1;
            }

            table[i] = value;
        }

        return table;
    }

    private static ushort U16(byte[] bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));

    private static uint U32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

    private static ulong U64(byte[] bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));

    private static void Require(bool condition, string what)
    {
        if (!condition)
        {
            throw new SimulationFailure($"The journal is not what its format says. {what}");
        }
    }
}

/// <summary>A promise that was broken.</summary>
internal sealed class SimulationFailure(string message) : Exception(message);
