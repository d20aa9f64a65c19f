namespace HftEngine.Core.Readers;

/// <summary>What an account has of a currency, in its units.</summary>
public readonly record struct ReaderBalance(long Available, long Held)
{
    internal ReaderBalance Hold(long amount) => new(checked(Available - amount), checked(Held + amount));

    internal ReaderBalance Add(long amount) => this with { Available = checked(Available + amount) };
}
