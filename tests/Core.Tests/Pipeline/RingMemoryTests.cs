using System;
using System.IO;
using HftEngine.Core.Pipeline;
using Microsoft.Win32.SafeHandles;
using NUnit.Framework;

namespace HftEngine.Core.Tests.Pipeline;

[TestFixture]
internal sealed class RingMemoryTests
{
    private const int Capacity = 64 << 10;

    [Test]
    public void Shared_memory_is_the_same_memory_through_its_path()
    {
        using RingMemory mine = RingMemory.CreateShared(RingKind.Commands, Capacity, othersWrite: true, 7);
        using RingMemory theirs = RingMemory.Open(mine.Path!, RingKind.Commands, writable: true);
        unsafe
        {
            theirs.Data[Capacity - 1] = 42;
            Assert.That(mine.Data[Capacity - 1], Is.EqualTo(42));
        }

        Assert.That(theirs.CapacityBytes, Is.EqualTo(Capacity));
    }

    [Test]
    public void Nobody_can_shrink_or_grow_it()
    {
        using RingMemory mine = RingMemory.CreateShared(RingKind.Commands, Capacity, othersWrite: true);
        using SafeFileHandle file = File.OpenHandle(mine.Path!, FileMode.Open, FileAccess.ReadWrite);
        Assert.That(() => RandomAccess.SetLength(file, 4096), Throws.InstanceOf<Exception>());
        Assert.That(() => RandomAccess.SetLength(file, 1 << 20), Throws.InstanceOf<Exception>());
    }

    [Test]
    public void Nobody_else_can_write_to_an_event_ring()
    {
        using EventRing ring = EventRing.Create(Capacity, shared: true);
        Assert.That(
            () => RingMemory.Open(ring.Path!, RingKind.Events, writable: true), Throws.InstanceOf<IOException>());
        using SafeFileHandle file = File.OpenHandle(ring.Path!, FileMode.Open, FileAccess.ReadWrite);
        Assert.That(() => RandomAccess.Write(file, [1], 0), Throws.InstanceOf<Exception>());
        using EventRingReader reader = EventRingReader.Open(ring.Path!);
        Assert.That(reader.HasNews, Is.False);
    }

    [Test]
    public void A_ring_of_another_kind_or_size_is_refused()
    {
        using RingMemory commands = RingMemory.CreateShared(RingKind.Commands, Capacity, othersWrite: true);
        Assert.That(() => EventRingReader.Open(commands.Path!), Throws.InstanceOf<InvalidDataException>());
        unsafe
        {
            *(int*)(commands.Control + 8) = 99;
        }

        Assert.That(() => CommandRingProducer.Open(commands.Path!), Throws.InstanceOf<InvalidDataException>());
        Assert.That(() => RingMemory.CreatePrivate(RingKind.Commands, 5000), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => CommandRingProducer.Open("/proc/self/maps"), Throws.InstanceOf<Exception>());
    }
}
