using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HftEngine.Core.Pipeline;
using NUnit.Framework;

namespace HftEngine.Core.Tests.Pipeline;

[TestFixture]
internal sealed class RingLayoutTests
{
    private const int EmptyBytes = 128;

    private static readonly Type[] SharedWords =
    [
        typeof(CommandRingControl), typeof(EventRingControl), typeof(SequencedRing.Control),
        typeof(PipelineCursors.Words), typeof(BatchMarks.Cursors), typeof(WakeSignal.Words),
    ];

    private static readonly Type[] HotObjects =
    [
        typeof(CommandRingProducer), typeof(CommandRingConsumer), typeof(SequencedRing), typeof(EventRingReader),
        typeof(SequencerStage<SystemClock>), typeof(JournalStage), typeof(CoreStage<EngineHandler>), typeof(PublishStage),
    ];

    [Test]
    public void Words_that_threads_share_have_128_empty_bytes_on_each_side([ValueSource(nameof(SharedWords))] Type type)
    {
        var fields = type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)
            .Select(field => (field.Name, Start: field.GetCustomAttribute<FieldOffsetAttribute>()!.Value,
                Bytes: Marshal.SizeOf(field.FieldType)))
            .OrderBy(field => field.Start)
            .ToList();
        int total = type.StructLayoutAttribute!.Size;
        int end = type == typeof(PipelineCursors.Words) || type == typeof(BatchMarks.Cursors)
            || type == typeof(WakeSignal.Words) ? 0 : fields[0].Start + fields[0].Bytes;
        foreach ((string name, int start, int bytes) in fields.Where(field => field.Name != "Header"))
        {
            Assert.That(start - end, Is.GreaterThanOrEqualTo(EmptyBytes), $"before {name}");
            end = start + bytes;
        }

        Assert.That(total - end, Is.GreaterThanOrEqualTo(EmptyBytes), "behind the last");
    }

    [Test]
    public void Objects_that_one_thread_writes_keep_their_distance_on_the_heap([ValueSource(nameof(HotObjects))] Type type)
    {
        List<FieldInfo> fields = [];
        for (Type? level = type; level != typeof(object); level = level!.BaseType)
        {
            fields.AddRange(level!.GetFields(
                BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly));
        }

        int before = OffsetOf(fields.Single(field => field.Name == "_before"));
        int after = OffsetOf(fields.Single(field => field.Name == "_after"));
        foreach (FieldInfo field in fields.Where(field => field.Name is not "_before" and not "_after"))
        {
            Assert.That(OffsetOf(field), Is.GreaterThanOrEqualTo(before + EmptyBytes), field.Name);
            Assert.That(OffsetOf(field), Is.LessThan(after), field.Name);
        }
    }

    [Test]
    public void Wire_structs_have_the_sizes_that_other_processes_rely_on()
    {
        Assert.That(Unsafe.SizeOf<RingHeader>(), Is.EqualTo(64));
        Assert.That(Unsafe.SizeOf<CommandRingControl>(), Is.EqualTo(4096));
        Assert.That(Unsafe.SizeOf<EventRingControl>(), Is.EqualTo(4096));
        Assert.That(Unsafe.SizeOf<BatchMark>(), Is.EqualTo(32));
        Assert.That(Unsafe.SizeOf<Kernel.WaitWord>(), Is.EqualTo(24));
    }

    /// <summary>
    /// Where the runtime put a field of a class: the low 27 bits of the second half of its descriptor.
    /// </summary>
    private static unsafe int OffsetOf(FieldInfo field) =>
        (int)(*(uint*)(field.FieldHandle.Value + 12) & 0x7FFFFFF);
}
