using System;
using System.Numerics;
using HftEngine.Core;
using HftEngine.Core.Memory;
using HftEngine.Core.Storage;
using HftEngine.Journal;
using HftEngine.Server.Hosting;

namespace HftEngine.Server.Shadow;

/// <summary>An engine of its own with the shadow that drives it, on a venue's folder.</summary>
internal sealed class ShadowLine : IDisposable
{
    public const string LockName = "shadow.lock";

    private readonly FolderLock _lock;
    private readonly NativeRegion _events;
    private readonly Engine _engine;

    private ShadowLine(FolderLock alone, DiskStorage storage, JournalOptions options)
    {
        _lock = alone;
        EngineLimits limits = JournalGenesis.Read(storage, options)
            ?? throw new RecoveryRefusedException("The journal has no command yet.");
        Storage = storage;
        Options = options;
        _events = new NativeRegion((long)BitOperations.RoundUpToPowerOf2((ulong)limits.MaxEventBytesPerCommand * 4));
        _engine = new Engine(limits, new EventStream(_events));
        Shadow = new ShadowEngine(storage, options, new EngineReplay(_engine));
        new SnapshotStore(storage, options).DeleteLeftovers();
    }

    public DiskStorage Storage { get; }

    public JournalOptions Options { get; }

    public ShadowEngine Shadow { get; }

    /// <exception cref="StorageException">Another shadow is at work in the folder.</exception>
    public static ShadowLine Open(string folder)
    {
        FolderLock alone = FolderLock.Acquire(folder, LockName);
        try
        {
            return new ShadowLine(alone, new DiskStorage(folder), new JournalOptions());
        }
        catch
        {
            alone.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Shadow.Dispose();
        _engine.Dispose();
        _events.Dispose();
        _lock.Dispose();
    }
}
