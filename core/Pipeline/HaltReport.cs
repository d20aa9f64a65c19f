using System;
using System.Threading;

namespace HftEngine.Core.Pipeline;

/// <summary>Why the pipeline takes no more commands.</summary>
/// <param name="Stage">Where it failed.</param>
/// <param name="Epoch">Of the journal.</param>
/// <param name="Sequence">
/// The command whose Apply failed; from other stages, the first that did not get through.
/// </param>
/// <param name="TemplateId">Of that command; 0 when it is not known.</param>
/// <param name="Message">What failed, for a person.</param>
/// <param name="Cause">The exception itself.</param>
public sealed record HaltReport(
    StageKind Stage, uint Epoch, ulong Sequence, ushort TemplateId, string Message, Exception Cause);

/// <summary>Holds the first halt report; a pipeline halts once.</summary>
internal sealed class HaltLatch
{
    private HaltReport? _report;

    public HaltReport? Report => Volatile.Read(ref _report);

    public bool IsHalted => Volatile.Read(ref _report) is not null;

    public void Halt(HaltReport report) => Interlocked.CompareExchange(ref _report, report, null);
}
