namespace HftEngine.Core.Pipeline;

/// <summary>What the core stage drives: the engine, or a stand-in that fails where a test wants it.</summary>
public unsafe interface ICommandHandler
{
    EventStream Events { get; }

    /// <summary>The most that one command makes.</summary>
    long MaxEventBytesPerCommand { get; }

    /// <summary>What must be free below the event stream's limit before one more command starts.</summary>
    long RoomToStartBytes { get; }

    EngineLimits Limits { get; }

    ulong LastSequence { get; }

    long LastTimestampNs { get; }

    long AppliedPosition { get; }

    long NextDeadlineNs { get; }

    ulong EventDigest { get; }

    byte* ApplyRecords(byte* records, byte* end);
}

/// <summary>The engine itself.</summary>
public readonly unsafe struct EngineHandler(Engine engine) : ICommandHandler
{
    public EventStream Events => engine.Events;

    public long MaxEventBytesPerCommand => engine.Limits.MaxEventBytesPerCommand;

    public long RoomToStartBytes => engine.RoomToStartBytes;

    public EngineLimits Limits => engine.Limits;

    public ulong LastSequence => engine.LastSequence;

    public long LastTimestampNs => engine.LastTimestampNs;

    public long AppliedPosition => engine.AppliedPosition;

    public long NextDeadlineNs => engine.NextDeadlineNs;

    public ulong EventDigest => engine.EventDigestValue;

    public byte* ApplyRecords(byte* records, byte* end) => engine.ApplyRecords(records, end);
}
