using System;

namespace HftEngine.Journal;

/// <summary>
/// A file says something that was never written there. Nothing is changed; an operator decides.
/// </summary>
public sealed class JournalDamageException(string file, long offset, string reason)
    : Exception($"{file} is damaged at offset {offset}: {reason}")
{
    public string File { get; } = file;

    public long Offset { get; } = offset;

    public string Reason { get; } = reason;
}

/// <summary>The files are whole, and still the venue must not start from them.</summary>
public sealed class RecoveryRefusedException : Exception
{
    public RecoveryRefusedException(string message)
        : base(message)
    {
    }

    public RecoveryRefusedException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
