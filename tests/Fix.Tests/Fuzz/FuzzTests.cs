using System;
using System.Diagnostics;
using System.Globalization;
using HftEngine.Fix.Codec;
using HftEngine.Fix.Dictionary;
using HftEngine.Fix.Echo;
using HftEngine.Fix.Session;
using HftEngine.Fix.Store;
using HftEngine.Fix.Tests.Harness;
using HftEngine.Tests;
using NUnit.Framework;

namespace HftEngine.Fix.Tests.Fuzz;

/// <summary>
/// Wrong messages in their numbers: nothing crashes, hangs or grows, and no sequence is damaged.
/// </summary>
[TestFixture(FixRules.Fix42)]
[TestFixture(FixRules.Fix44)]
[TestFixture(FixRules.Fixt11)]
internal sealed class FuzzTests(string version)
{
    private const int Versions = 3;
    private const long MaxGrowthBytes = 64 << 20;

    [Test]
    public void Mutated_messages_damage_nothing()
    {
        int seed = (int)TestCounts.Seed((ulong)Environment.TickCount);
        int messages = TestCounts.Of("HFT_FIX_FUZZ") / Versions;
        Target target = new(version, new Random(seed));
        long before = GC.GetTotalMemory(true);
        for (int i = 0; i < messages; i++)
        {
            try
            {
                target.Attack(i);
            }
            catch (Exception exception)
            {
                Assert.Fail($"seed {seed}, message {i}: {FixText.Show(target.Last)}\n{exception}");
            }
        }

        Assert.That(GC.GetTotalMemory(true) - before, Is.LessThan(MaxGrowthBytes));
        TestContext.Out.WriteLine(
            $"{target.Logons} logons, {target.Taken} messages taken, {target.Rejects} rejected");
        Assert.That(
            target.Taken, Is.GreaterThan(messages / 10), "the attack hardly reached a session");
        Assert.That(
            target.Logons, Is.GreaterThan(messages / 500), "the attack hardly reached a session");
    }

    /// <summary>A session that is attacked, and what must hold of it.</summary>
    private sealed class Target : ISessionChannel
    {
        private const int Slowest = 2_000;

        private readonly string _version;
        private readonly Random _random;
        private readonly MessageMutator _mutator;
        private readonly FixWorkspace _workspace = new(8_192);
        private readonly FixMessage _sent = new();
        private readonly FixSession _session;
        private readonly byte[] _received = new byte[65_536];
        private byte[] _another = [0];
        private int _have;
        private long _nowNs = 1_800_000_000L * 1_000_000_000;
        private long _lastSent;
        private bool _isOpen;

        public Target(string version, Random random)
        {
            _version = version;
            _random = random;
            _mutator = new MessageMutator(random, version);
            _session = new FixSession(
                new SessionSettings
                {
                    Id = new SessionId(version, "ISLD", "TW"),
                    Rules = FixRules.Standard(version),
                    TimePrecision = TimePrecision.Milliseconds,
                    GapQueueBytes = 8_192,
                    ResendChunk = random.Next(2) * 10,
                },
                new EchoApplication(),
                new MemoryStore(1 << 18, 1 << 10),
                _workspace);
        }

        public byte[] Last { get; private set; } = [];

        public int Logons { get; private set; }

        public int Taken { get; private set; }

        public int Rejects { get; private set; }

        public int FreeBytes => 1 << 20;

        public void Attack(int round)
        {
            if (!_isOpen)
            {
                Open();
            }

            if (round % 1_000 == 999)
            {
                ProveItWorks();
            }

            byte[] right = FixText.Build(_version, _mutator.Fields(_session.Store.NextInbound, Time()));
            Last = _random.Next(6) == 0
                ? right
                : _mutator.Mutate(FixText.Show(right).Split('|', 3)[2].Split("10=")[0], _another);
            _another = right;
            long inbound = _session.Store.NextInbound;
            long startMs = Stopwatch.GetTimestamp();
            Feed(Last);
            Assert.That(Stopwatch.GetElapsedTime(startMs).TotalMilliseconds, Is.LessThan(Slowest));
            Assert.That(_session.Store.NextInbound, Is.GreaterThanOrEqualTo(1));
            Taken += _session.Store.NextInbound != inbound ? 1 : 0;
            bool mayReset = FixText.Show(Last).Contains("141=Y", StringComparison.Ordinal) || _have > 0;
            Assert.That(
                mayReset || _session.Store.NextInbound >= inbound, Is.True, "the expected number went back");
            _nowNs += _random.Next(100) == 0 ? 20_000_000_000 : 1_000_000;
            _session.Tick(_nowNs);
        }

        public bool Send(ReadOnlySpan<byte> bytes)
        {
            byte[] copy = bytes.ToArray();
            Assert.That(FixFrame.Read(
                copy, copy.Length), Is.EqualTo(new FixFrame(FrameKind.Message, 0, copy.Length)));
            Assert.That(_sent.Parse(copy, 0, copy.Length), Is.EqualTo(ParseResult.Whole));
            _sent.TryGetUnsigned(FixTag.MsgSeqNum, out long number);
            bool isLogon = _sent.MsgType.SequenceEqual("A"u8);
            Logons += isLogon ? 1 : 0;
            Rejects += _sent.MsgType.SequenceEqual("3"u8) ? 1 : 0;
            bool isRefusal = _session.State == SessionState.AwaitingLogon;
            if (!_sent.IsSet(FixTag.PossDupFlag) && !isRefusal)
            {
                Assert.That(number == _lastSent + 1 || (
                    isLogon && number == 1), Is.True, "our own sequence has a hole");
                _lastSent = number;
            }

            return true;
        }

        public void Close() => _isOpen = false;

        private string Time()
        {
            FixWriter writer = new(256);
            writer.Begin("0"u8);
            writer.Timestamp(52, _nowNs, TimePrecision.Milliseconds);
            return FixText.Show(writer.Finish("F"u8)).Split("52=")[1].Split('|')[0];
        }

        private void Open()
        {
            _isOpen = true;
            _have = 0;
            _session.Connect(this, _nowNs);
            string begin = _version == FixRules.Fixt11 ? "1137=9|" : "";
            Feed(FixText.Build(
                _version,
                $"35=A|34={_session.Store.NextInbound}|49=TW|52={Time()}|56=ISLD|98=0|108=30|{begin}"));
            Assert.That(_isOpen && _session.IsLoggedOn, Is.True, "no logon after an attack");
        }

        private void ProveItWorks()
        {
            _session.Disconnected("new connection", _nowNs);
            _isOpen = false;
            Open();
            long number = _session.Store.NextOutbound;
            Feed(FixText.Build(
                _version, $"35=1|34={_session.Store.NextInbound}|49=TW|52={Time()}|56=ISLD|112=alive|"));
            Assert.That(
                _session.Store.NextOutbound, Is.EqualTo(number + 1), "a test request was not answered");
        }

        // In pieces of any size, as the network delivers them.
        private void Feed(ReadOnlySpan<byte> bytes)
        {
            while (!bytes.IsEmpty && _isOpen)
            {
                int piece = int.Min(_random.Next(4) == 0 ? _random.Next(1, 40) : bytes.Length, bytes.Length);
                piece = int.Min(piece, _received.Length - _have);
                bytes[..piece].CopyTo(_received.AsSpan(_have));
                bytes = bytes[piece..];
                _have += piece;
                Take();
            }
        }

        private void Take()
        {
            int at = 0;
            while (_isOpen)
            {
                FixFrame frame = FixFrame.Read(_received.AsSpan(at, _have - at), _workspace.MaxMessageBytes);
                at += frame.Skip;
                if (frame.Kind == FrameKind.Incomplete)
                {
                    break;
                }

                FixMessage message = _workspace.Received;
                if (frame.Kind == FrameKind.Message
                    && message.Parse(_received, at, frame.Length) == ParseResult.Whole)
                {
                    _session.Receive(message, _nowNs);
                }
                else
                {
                    _session.ReceiveGarbled(_nowNs);
                }

                at += frame.Length;
            }

            _received.AsSpan(at, _have - at).CopyTo(_received);
            _have -= at;
            Assert.That(_have, Is.LessThan(_received.Length), "the framing never gives up");
        }
    }
}
