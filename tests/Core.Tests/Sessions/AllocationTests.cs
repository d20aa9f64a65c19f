using System;
using System.Collections.Generic;
using System.Linq;
using HftEngine.Core.Tests.Harness;
using NUnit.Framework;

namespace HftEngine.Core.Tests.Sessions;

/// <summary>Nothing is allocated after start.</summary>
internal sealed unsafe class AllocationTests
{
    private const ulong Sessions = 100;

    [Test]
    public void Applying_records_allocates_no_byte()
    {
        // Once to compile everything; the second time counts.
        long allocated = 0;
        for (int round = 0; round < 2; round++)
        {
            allocated = 0;
            for (ulong seed = 1; seed <= Sessions; seed++)
            {
                allocated += AllocatedBy(seed);
            }
        }

        Assert.That(allocated, Is.Zero);
    }

    private static long AllocatedBy(ulong seed)
    {
        EngineLimits limits = SessionShape.Of(new SeededRandom(seed)).Limits;
        IReadOnlyList<SessionStep> steps = RandomSession.Run(seed).Steps;
        using RecordBatch batch = new(steps.Select(s => s.Message).ToList());
        using RecordedEngine recorded = new(limits);
        Engine engine = recorded.Engine;

        // Genesis is the start: it compares the limits as records of the managed heap.
        byte* first = batch.Skip(batch.First, 1);
        byte* end = batch.End;
        engine.ApplyRecords(batch.First, first);
        long before = GC.GetAllocatedBytesForCurrentThread();
        engine.ApplyRecords(first, end);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
