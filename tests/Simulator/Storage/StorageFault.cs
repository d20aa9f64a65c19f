using HftEngine.Core.Storage;

namespace HftEngine.Simulation;

/// <summary>What a simulated disk does with one operation.</summary>
internal enum StorageFault
{
    /// <summary>What it was asked for.</summary>
    None,

    /// <summary>Nothing, and says so: EIO, or ENOSPC where space is taken.</summary>
    Error,

    /// <summary>A part, and says that it failed.</summary>
    Partial,

    /// <summary>The machine stops before it.</summary>
    CrashBefore,

    /// <summary>The machine stops in the middle of it.</summary>
    CrashDuring,

    /// <summary>It is done, and the machine stops before anybody hears of it.</summary>
    CrashAfter,

    /// <summary>It reads or writes another place, and says that all went well.</summary>
    Misdirected,

    /// <summary>A bit of what is read or written is wrong, and it says that all went well.</summary>
    Flipped,
}

/// <summary>Decides about each operation; the simulated disk does what it says.</summary>
internal interface IStorageFaults
{
    /// <param name="operation">create, open, read, write, flush, truncate, rename, delete, flush-folder.</param>
    /// <param name="file">Its name; "." for the folder.</param>
    /// <param name="number">How many operations came before, over the life of the disk.</param>
    StorageFault On(string operation, string file, long number);
}

/// <summary>One fault at one operation.</summary>
internal sealed record FaultAt(long Number, StorageFault Fault) : IStorageFaults
{
    public StorageFault On(string operation, string file, long number) =>
        number == Number ? Fault : StorageFault.None;
}
