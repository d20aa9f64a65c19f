using System;
using System.IO;
using HftEngine.Fix.Codec;
using HftEngine.Fix.Dictionary;
using HftEngine.Fix.Echo;
using HftEngine.Fix.Session;
using HftEngine.Fix.Store;
using HftEngine.Fix.Tests.Harness;
using HftEngine.Journal;
using NUnit.Framework;

namespace HftEngine.Fix.Tests.Session;

[TestFixture(FixRules.Fix42)]
[TestFixture(FixRules.Fix44)]
[TestFixture(FixRules.Fixt11)]
internal sealed class AllocationTests(string version)
{
    private const int WarmUp = 2_000;
    private const int Measured = 2_000;
    private const long NowNs = 1_767_323_045_000_000_000;

    [Test]
    public void A_session_with_orders_and_test_requests_allocates_nothing() =>
        Assert.That(Run(new MemoryStore(1 << 20, 1 << 13)), Is.Zero);

    [Test]
    public void A_session_with_a_store_on_disk_allocates_nothing()
    {
        string folder = Directory.CreateTempSubdirectory("hft-fix-").FullName;
        try
        {
            using FileStore store = FileStore.Open(
                new DiskStorage(folder), "s.fix", new FileStoreOptions(), NowNs);
            Assert.That(Run(store), Is.Zero);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private long Run(IMessageStore store)
    {
        Sink sink = new();
        FixWorkspace workspace = new(8_192);
        FixSession session = new(
            new SessionSettings
            {
                Id = new SessionId(version, "ISLD", "TW"),
                Rules = FixRules.Standard(version),
            },
            new EchoApplication(),
            store,
            workspace);
        byte[][] messages = new byte[WarmUp + Measured][];
        for (int i = 0; i < messages.Length; i++)
        {
            string type = i % 10 == 9 ? "1" : "D";
            string body = type == "1"
                ? "112=T"
                : $"11=order{i}|21=1|38=1.5|40=2|44=60000.01|54=1|55=X|60=20260102-03:04:05|";
            messages[i] = FixText.Build(
                version, $"35={type}|34={i + 2}|49=TW|52=20260102-03:04:05|56=ISLD|{body}");
        }

        session.Connect(sink, NowNs);
        string begin = version == FixRules.Fixt11 ? "1137=9|" : "";
        Receive(session, FixText.Build(
            version, $"35=A|34=1|49=TW|52=20260102-03:04:05|56=ISLD|98=0|108=30|{begin}"));
        long before = 0;
        for (int i = 0; i < messages.Length; i++)
        {
            if (i == WarmUp)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }

            Receive(session, messages[i]);
            session.Tick(NowNs);
            store.Commit();
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(sink.Messages, Is.EqualTo(1 + messages.Length));
        return allocated;

        void Receive(FixSession to, byte[] bytes)
        {
            FixFrame frame = FixFrame.Read(bytes, workspace.MaxMessageBytes);
            Invariant(workspace.Received.Parse(bytes, frame.Skip, frame.Length) == ParseResult.Whole);
            to.Receive(workspace.Received, NowNs);
        }
    }

    private static void Invariant(bool holds)
    {
        if (!holds)
        {
            throw new InvalidOperationException("the test's own message is wrong");
        }
    }

    private sealed class Sink : ISessionChannel
    {
        public int Messages { get; private set; }

        public int FreeBytes => 1 << 20;

        public bool Send(ReadOnlySpan<byte> bytes)
        {
            Messages++;
            return true;
        }

        public void Close()
        {
        }
    }
}
