namespace HftEngine.Core.Pipeline;

/// <summary>One step of the pipeline, run again and again by whichever thread it is folded onto.</summary>
internal abstract class Stage : CacheIsolated
{
    public abstract StageKind Kind { get; }

    /// <summary>
    /// How long the thread may sleep, as far as this stage is concerned, when nobody wakes it.
    /// </summary>
    public virtual long MaxIdleNs => long.MaxValue;

    /// <summary>Does a bounded piece of work; 0 when there was none.</summary>
    public abstract int DoWork();

    /// <summary>DoWork threw: it is not called again.</summary>
    public virtual void OnFailed()
    {
    }
}

/// <summary>The stages, in the order in which a command passes them.</summary>
public enum StageKind
{
    Sequencer,
    Journal,
    Core,
    Publish,
}
