using System;
using System.Collections.Generic;
using System.Globalization;
using HftEngine.Core.Readers;
using HftEngine.Core.Storage;
using HftEngine.Schemas;

namespace HftEngine.Journal;

/// <summary>`hft journal stat`: what the folder holds, in numbers.</summary>
public static unsafe class JournalStat
{
    public static int Run(IStorage storage, JournalOptions options, JournalConsole console)
    {
        try
        {
            using var reader = new JournalReader(storage, options);
            var byType = new SortedDictionary<ushort, long>();
            var bySegment = new SortedDictionary<string, long>(StringComparer.Ordinal);
            while (reader.Next(out RecordRun run))
            {
                Count(run, byType);
                bySegment[run.File] =
                    bySegment.GetValueOrDefault(run.File) + (long)(run.LastSequence - run.FirstSequence + 1);
                console.Report(reader.ReadBytes, reader.TotalBytes);
            }

            if (reader.Segments.Count == 0)
            {
                console.Output.WriteLine("journal: empty");
                return 0;
            }

            Print(storage, reader, byType, bySegment, console);
            return 0;
        }
        catch (Exception e) when (e is JournalDamageException or RecoveryRefusedException or StorageException)
        {
            console.Output.WriteLine(e.Message);
            return 1;
        }
    }

    private static void Count(in RecordRun run, SortedDictionary<ushort, long> byType)
    {
        for (byte* at = run.First; at < run.End; at += new RecordView(at).Bytes)
        {
            ushort template = new RecordView(at).TemplateId;
            byType[template] = byType.GetValueOrDefault(template) + 1;
        }
    }

    private static void Print(
        IStorage storage,
        JournalReader reader,
        SortedDictionary<ushort, long> byType,
        SortedDictionary<string, long> bySegment,
        JournalConsole console)
    {
        JournalTail tail = reader.Tail();
        Line(console, $"journal id      {tail.JournalId:x32}");
        Line(console, $"sequences       {reader.FirstSequence} … {tail.LastSequence}");
        Line(console, $"epoch           {tail.Epoch}, rule level {tail.RuleLevel}");
        Line(console, $"last timestamp  {tail.LastTimestampNs} ns");
        Line(console, $"last stop       {(tail.OrderlyStop ? "orderly" : "none, or the venue is running")}");
        if (reader.Torn is { } torn)
        {
            Line(console, $"incomplete      {torn.File} from offset {torn.Offset}: {torn.Reason}");
        }

        Line(console, $"{"segment",-32} {"epoch",6} {"commands",12} {"bytes",14}");
        for (int i = 0; i < tail.Segments.Count; i++)
        {
            SegmentEntry segment = reader.Segments[i];
            long commands = bySegment.GetValueOrDefault(segment.Name);
            long end = tail.Segments[i].EndOffset;
            Line(console, $"{segment.Name,-32} {segment.Header.Epoch,6} {commands,12} {end,14}");
        }

        foreach ((ushort template, long count) in byType)
        {
            string type = SchemaIndex.NameOf(template) ?? template.ToString(CultureInfo.InvariantCulture);
            Line(console, $"{type,-32} {string.Empty,6} {count,12}");
        }

        EventLogTail events = EventLogScan.Run(storage, tail.JournalId);
        Line(console, $"event log       {events.FirstSequence} … {events.Last.Sequence}, "
            + $"{events.Segments.Count} segments, {events.Bytes} bytes, {events.Digests.Count} digests");
        foreach (EventPosition at in new ImageStore(storage, tail.JournalId).List())
        {
            Line(console, $"image           epoch {at.Epoch}, sequence {at.Sequence}");
        }

        foreach (VoidedCommand voided in VoidList.Read(storage, tail.JournalId).Commands)
        {
            Line(console, $"voided          {voided.Sequence}, {voided.By}, {voided.AtUtc}: {voided.Reason}");
        }
    }

    private static void Line(JournalConsole console, string text) => console.Output.WriteLine(text);
}
