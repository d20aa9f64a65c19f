using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using HftEngine.Core.Pipeline;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>One command that every replay rejects, and who said so.</summary>
public sealed record VoidedCommand(ulong Sequence, string AtUtc, string By, string Reason);

/// <summary>
/// The commands that an operator voided. A side file beside the segments, known before any record is read;
/// one line each, closed by a CRC32C chained over the lines and the journal's id, replaced as a whole.
/// </summary>
public sealed class VoidList
{
    private const string Title = "hft-voids 1";

    private readonly List<VoidedCommand> _commands = [];

    public IReadOnlyList<VoidedCommand> Commands => _commands;

    public bool Contains(ulong sequence) => _commands.Exists(c => c.Sequence == sequence);

    /// <summary>Sequences in rising order.</summary>
    public ulong[] Sequences()
    {
        ulong[] sequences = [.. _commands.ConvertAll(static c => c.Sequence)];
        Array.Sort(sequences);
        return sequences;
    }

    public static VoidList Read(IStorage storage, UInt128 journalId)
    {
        var list = new VoidList();
        if (!storage.Exists(FileNames.Voids))
        {
            return list;
        }

        using IStorageFile file = storage.Open(FileNames.Voids, writable: false);
        byte[] bytes = new byte[file.LengthBytes];
        int read = file.Read(0, bytes);
        uint crc = SegmentHeader.SeedOf(journalId);
        int start = 0;
        bool isTitle = true;
        while (start < read)
        {
            int length = bytes.AsSpan(start, read - start).IndexOf((byte)'\n');
            string line = length < 0 ? string.Empty : Encoding.UTF8.GetString(bytes, start, length);
            if (length < 0 || !TryParse(line, ref crc, isTitle, list._commands))
            {
                throw new JournalDamageException(
                    FileNames.Voids, start, "a line does not match its checksum");
            }

            isTitle = false;
            start += length + 1;
        }

        return list;
    }

    /// <summary>
    /// Adds a command and writes the list aside, flushed, before it takes the place of the old one.
    /// </summary>
    public void Add(IStorage storage, UInt128 journalId, VoidedCommand command)
    {
        if (Contains(command.Sequence))
        {
            throw new RecoveryRefusedException($"Sequence {command.Sequence} is voided already.");
        }

        _commands.Add(command);
        byte[] bytes = Encoding.UTF8.GetBytes(Format(journalId));
        string aside = FileNames.Voids + FileNames.AsideSuffix;
        if (storage.Exists(aside))
        {
            storage.Delete(aside);
        }

        using (IStorageFile file = storage.Create(aside, bytes.Length))
        {
            file.Write(0, bytes);
            file.Flush();
        }

        storage.Rename(aside, FileNames.Voids);
        storage.FlushFolder();
    }

    private string Format(UInt128 journalId)
    {
        uint crc = SegmentHeader.SeedOf(journalId);
        var text = new StringBuilder();
        AppendLine(text, Title, ref crc);
        foreach (VoidedCommand c in _commands)
        {
            string line = string.Create(
                CultureInfo.InvariantCulture, $"{c.Sequence}\t{c.AtUtc}\t{Plain(c.By)}\t{Plain(c.Reason)}");
            AppendLine(text, line, ref crc);
        }

        return text.ToString();
    }

    private static void AppendLine(StringBuilder text, string line, ref uint crc)
    {
        crc = Checksum(crc, line);
        text.Append(line).Append('\t').Append(crc.ToString("x8", CultureInfo.InvariantCulture)).Append('\n');
    }

    private static bool TryParse(string line, ref uint crc, bool isTitle, List<VoidedCommand> commands)
    {
        int tab = line.LastIndexOf('\t');
        if (tab < 0)
        {
            return false;
        }

        string content = line[..tab];
        crc = Checksum(crc, content);
        if (line[(tab + 1)..] != crc.ToString("x8", CultureInfo.InvariantCulture))
        {
            return false;
        }

        if (isTitle)
        {
            return content == Title;
        }

        string[] parts = content.Split('\t');
        if (parts.Length != 4
            || !ulong.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out ulong sequence))
        {
            return false;
        }

        commands.Add(new VoidedCommand(sequence, parts[1], parts[2], parts[3]));
        return true;
    }

    private static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            plain.Append(char.IsControl(c) ? ' ' : c);
        }

        return plain.ToString();
    }

    private static uint Checksum(uint crc, string line) => Crc32C.Append(crc, Encoding.UTF8.GetBytes(line));
}
