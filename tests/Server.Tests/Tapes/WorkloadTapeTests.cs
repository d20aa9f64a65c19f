using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using HftEngine.Server.Tapes;
using HftEngine.Server.Workloads;
using NUnit.Framework;

namespace HftEngine.Server.Tests.Tapes;

[TestFixture]
internal sealed class WorkloadTapeTests
{
    private static readonly WorkloadRecord Good = new()
    {
        Operation = WorkloadRecord.Add,
        Symbol = 0,
        Quantity = 5,
        Id = 1,
        Price = 100,
        Owner = 1,
    };

    [Test]
    public void A_generated_workload_is_read_back_whole_and_the_same_seed_gives_the_same_bytes()
    {
        byte[] first = Generate(seed: 42);
        Assert.That(Generate(seed: 42), Is.EqualTo(first));
        Assert.That(Generate(seed: 43), Is.Not.EqualTo(first));
        using TapeText tape = new(TapeFormat.Workload, first);
        (List<TapeOperation> operations, List<TapeFault> faults) = tape.ReadAll();
        Assert.That(faults, Is.Empty);
        Assert.That(operations, Has.Count.EqualTo(1200));
        Assert.That(operations.Count(operation => operation.WarmUp), Is.EqualTo(200));
    }

    [Test]
    public void A_truncated_tape_is_told_with_the_offset_of_the_cut_record()
    {
        using TapeText tape = new(TapeFormat.Workload, Tape(Good)[..50]);
        (List<TapeOperation> operations, List<TapeFault> faults) = tape.ReadAll();
        Assert.That(operations, Is.Empty);
        Assert.That(
            faults.Single().ToString(),
            Is.EqualTo("byte 32: the tape is truncated: record 0 of 1 has 18 of 32 bytes"));
    }

    [Test]
    public void Bytes_behind_the_last_record_are_told()
    {
        using TapeText tape = new(TapeFormat.Workload, [.. Tape(Good), 0]);
        (List<TapeOperation> operations, List<TapeFault> faults) = tape.ReadAll();
        Assert.That(operations, Has.Count.EqualTo(1));
        Assert.That(faults.Single().Offset, Is.EqualTo(64));
    }

    [Test]
    public void A_corrupt_header_ends_the_reading()
    {
        byte[] bytes = Tape(Good);
        bytes[0] = (byte)'X';
        using TapeText wrongMagic = new(TapeFormat.Workload, bytes);
        Assert.That(
            () => wrongMagic.ReadAll(),
            Throws.InstanceOf<TapeException>().With.Message.Contains("byte 0: this is not a workload"));
        using TapeText cut = new(TapeFormat.Workload, bytes[..20]);
        Assert.That(
            () => cut.ReadAll(),
            Throws.InstanceOf<TapeException>().With.Message.Contains("the header has 20 of 32 bytes"));
        byte[] huge = Tape(Good);
        huge[15] = 0xFF;
        using TapeText many = new(TapeFormat.Workload, huge);
        Assert.That(
            () => many.ReadAll(),
            Throws.InstanceOf<TapeException>().With.Message.Contains("the header is corrupt"));
    }

    private static IEnumerable<TestCaseData> BadRecords()
    {
        yield return Case(Good with { Operation = 9 }, "operation 9 is unknown");
        yield return Case(Good with { Side = 2 }, "side 2 is neither 0 nor 1");
        yield return Case(Good with { Symbol = 7 }, "instrument 7 is unknown, the tape has 1");
        yield return Case(Good with { Quantity = 0 }, "the quantity is zero");
        yield return Case(Good with { Price = 0 }, "price 0 is not positive");
        yield return Case(Good with { Price = -5 }, "price -5 is not positive");
        yield return Case(Good with { Owner = 1001 }, "account 1001 is outside 1 to 1000");
        yield return Case(Good with { Id = 99 }, "order id 99 is outside 1 to 9");
    }

    [TestCaseSource(nameof(BadRecords))]
    public void A_bad_record_says_what_is_wrong(object record, string reason)
    {
        using TapeText tape = new(TapeFormat.Workload, Tape((WorkloadRecord)record, Good));
        (List<TapeOperation> operations, List<TapeFault> faults) = tape.ReadAll();
        Assert.That(faults.Single().ToString(), Is.EqualTo($"byte 32: {reason}"));
        Assert.That(operations, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_duplicate_order_id_is_told()
    {
        using TapeText tape = new(TapeFormat.Workload, Tape(Good, Good));
        Assert.That(
            tape.ReadAll().Faults.Single().ToString(), Is.EqualTo("byte 64: order id 1 was used before"));
    }

    private static TestCaseData Case(WorkloadRecord record, string reason) => new(record, reason);

    private static byte[] Generate(ulong seed)
    {
        using MemoryStream stream = new();
        new WorkloadGenerator(
            WorkloadMix.Find("taker")!, symbols: 3, warmRecords: 200, seed).Write(stream, 1000);
        return stream.ToArray();
    }

    private static byte[] Tape(params WorkloadRecord[] records)
    {
        byte[] bytes = new byte[WorkloadHeader.Size + (records.Length * WorkloadRecord.Size)];
        new WorkloadHeader(0, (ulong)records.Length, 1, 9).Write(bytes);
        for (int i = 0; i < records.Length; i++)
        {
            records[i].Write(bytes.AsSpan(WorkloadHeader.Size + (i * WorkloadRecord.Size)));
        }

        return bytes;
    }
}
