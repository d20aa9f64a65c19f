using System;
using System.Globalization;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>`hft journal void`: makes every replay reject one command that was never released.</summary>
public static class JournalVoid
{
    /// <param name="storage">The folder; its lock is held by the caller.</param>
    /// <param name="options">As for the journal.</param>
    /// <param name="console">Output.</param>
    /// <param name="sequence">The command.</param>
    /// <param name="reason">Kept for the audit.</param>
    /// <param name="atUtc">When, kept for the audit.</param>
    public static int Run(
        IStorage storage,
        JournalOptions options,
        JournalConsole console,
        ulong sequence,
        string reason,
        DateTime atUtc)
    {
        try
        {
            using var reader = new JournalReader(storage, options);
            bool found = false;
            while (reader.Next(out RecordRun run))
            {
                if (run.FirstSequence <= sequence && sequence <= run.LastSequence)
                {
                    found = true;
                    _ = JournalDump.Commands(
                        storage, options, console with { Progress = null }, sequence, sequence);
                }

                console.Report(reader.ReadBytes, reader.TotalBytes);
            }

            Check(storage, reader, sequence, reason, found);
            UInt128 journalId = reader.Tail().JournalId;
            string at = atUtc.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
            VoidList.Read(storage, journalId).Add(
                storage, journalId, new VoidedCommand(sequence, at, Environment.UserName, reason));
            console.Output.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"voided {sequence}: {reason}"));
            return 0;
        }
        catch (Exception e) when (e is JournalDamageException or RecoveryRefusedException or StorageException)
        {
            console.Output.WriteLine(e.Message);
            return 1;
        }
    }

    private static void Check(
        IStorage storage, JournalReader reader, ulong sequence, string reason, bool found)
    {
        if (!found)
        {
            throw new RecoveryRefusedException($"The journal has no command of sequence {sequence}.");
        }

        if (string.IsNullOrWhiteSpace(reason))
        {
            throw new RecoveryRefusedException("A void needs a reason.");
        }

        // A released command has had its effect outside; taking it back would be another history.
        ulong released = EventLogScan.Run(storage, reader.Tail().JournalId).HighestReleased;
        if (released >= sequence)
        {
            throw new RecoveryRefusedException(
                $"Sequence {sequence} cannot be voided: the event log shows all up to {released} released.");
        }
    }
}
