using System;
using System.Runtime.InteropServices;
using HftEngine.Core.Readers;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>`hft journal dump`: one JSON line for each command, or event, in a range of sequences.</summary>
public static unsafe class JournalDump
{
    private const int EventBufferBytes = 1 << 20;

    public static int Commands(
        IStorage storage, JournalOptions options, JournalConsole console, ulong from =
            1, ulong to = ulong.MaxValue)
    {
        try
        {
            using var reader = new JournalReader(storage, options);
            using var json = new RecordJson();
            while (reader.Next(out RecordRun run) && run.FirstSequence <= to)
            {
                byte* at = run.First;
                for (ulong sequence =
                    run.FirstSequence; sequence <= ulong.Min(run.LastSequence, to); sequence++)
                {
                    var record = new RecordView(at);
                    if (sequence >= from)
                    {
                        json.WriteCommand(
                            console.Output, new ReadOnlySpan<byte>(record.Message, (int)record.MessageBytes));
                    }

                    at += record.Bytes;
                }

                console.Report(reader.ReadBytes, reader.TotalBytes);
            }

            return 0;
        }
        catch (Exception e) when (e is JournalDamageException or RecoveryRefusedException or StorageException)
        {
            console.Output.WriteLine(e.Message);
            return 1;
        }
    }

    public static int Events(
        IStorage storage, JournalConsole console, ulong from = 1, ulong to = ulong.MaxValue)
    {
        try
        {
            using var cursor = new EventCursor(storage, default);
            using var json = new RecordJson();
            byte[] buffer = new byte[EventBufferBytes];
            while (cursor.Read(buffer, out int bytes) == EventRead.Events)
            {
                for (int at = 0; at < bytes;)
                {
                    int frame = MemoryMarshal.Read<int>(buffer.AsSpan(at));
                    ulong sequence = MemoryMarshal.Read<ulong>(buffer.AsSpan(at + 24));
                    if (sequence > to)
                    {
                        return 0;
                    }

                    if (sequence >= from)
                    {
                        json.WriteEvent(console.Output, buffer.AsSpan(at + 8, frame - 8));
                    }

                    at += frame;
                }
            }

            return 0;
        }
        catch (Exception e) when (e is JournalDamageException or RecoveryRefusedException or StorageException)
        {
            console.Output.WriteLine(e.Message);
            return 1;
        }
    }
}
