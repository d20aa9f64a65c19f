namespace HftEngine.Core.Readers;

/// <summary>What an account has of a currency, in its units.</summary>
public readonly record struct ReaderBalance(long Available, long Held, long Pending = 0)
{
    internal ReaderBalance Hold(long amount) =>
        this with { Available = checked(Available - amount), Held = checked(Held + amount) };

    internal ReaderBalance Add(long amount) => this with { Available = checked(Available + amount) };
}
