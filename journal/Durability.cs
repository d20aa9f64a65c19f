namespace HftEngine.Journal;

/// <summary>What "safe" means before an event is released.</summary>
public enum Durability
{
    /// <summary>Nothing is written; a stop loses everything.</summary>
    None,

    /// <summary>In the kernel's page cache: survives the process, not the machine.</summary>
    Os,

    /// <summary>Flushed to the disk: survives power loss. The default.</summary>
    Sync,
}
