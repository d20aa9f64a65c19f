using HftEngine.Core.Memory;
using HftEngine.Core.Tests.Harness;
using NUnit.Framework;

namespace HftEngine.Core.Tests.State;

internal sealed class MemoryTests
{
    [Test]
    public unsafe void The_memory_of_an_engine_is_known_before_it_is_taken()
    {
        long small = Engine.MemoryBytesFor(EngineHarness.SmallLimits);
        long million = Engine.MemoryBytesFor(EngineHarness.SmallLimits with { MaxOrders = 1_000_000 });
        Assert.That(small, Is.InRange(10_000, 20 << 20));
        Assert.That(million - small, Is.InRange(1_000_000 * 96L, 1_000_000 * 256L), "an order takes its record and a place among its owner's");
        using var region = new NativeRegion(4096);
        Assert.That(region.Pointer[4095], Is.Zero, "a region taken later is touched and zero");
    }
}
