using System;
using System.Collections.Generic;
using HftEngine.Core.Pipeline;
using HftEngine.Core.Readers;
using HftEngine.Core.Storage;
using HftEngine.Journal;
using HftEngine.Schemas;

namespace HftEngine.Simulation;

/// <summary>
/// A gateway with one session. It keeps what it was told, through its own crashes and the venue's, and after each
/// reconnection sends again what it knows no answer of, under the same number and id.
/// </summary>
internal sealed class GatewayClient
{
    private const int MostUnanswered = 24;

    private readonly uint _id;
    private readonly SimulationRandom _random;
    private readonly History _history;
    private readonly FeedCheck _check;
    private readonly DisconnectPolicy _policy;
    private readonly bool _isBlind;
    private readonly List<ClientRequest> _requests = [];
    private readonly byte[] _buffer = new byte[8192];
    private EventPosition _checkpoint;
    private CommandRingProducer? _ring;
    private EventFeed? _feed;
    private uint _epoch;
    private bool _hasAskedToOpen;
    private bool _isOpen;
    private int _nextToSend;
    private int _answered;

    public GatewayClient(uint id, SimulationRandom random, History history)
    {
        _id = id;
        _random = random;
        _history = history;
        _check = new FeedCheck($"client {id}", history);
        _policy = (DisconnectPolicy)random.Next(2);
        _isBlind = random.OneIn(3);
    }

    public ulong Answered { get; private set; }

    public ulong Duplicates { get; private set; }

    public ulong Rewinds { get; private set; }

    public ulong Resent { get; private set; }

    /// <summary>Highest command that this client can prove to have been released.</summary>
    public ulong Proven { get; private set; }

    /// <summary>It needs no event up to here any more.</summary>
    public EventPosition Checkpoint => _checkpoint;

    /// <summary>It has read the log up to the present: its checkpoint is of the history that is.</summary>
    public bool IsCaughtUp => _feed is { InRing: true };

    public bool IsConnected => _ring is not null;

    /// <summary>Every request has its answer.</summary>
    public bool IsDone => FirstUnanswered == _requests.Count;

    private int FirstUnanswered
    {
        get
        {
            // Answers come in the order of the requests.
            while (_answered < _requests.Count && _requests[_answered].Answer is not null)
            {
                _answered++;
            }

            return _answered;
        }
    }

    /// <summary>A power loss took what came behind; nobody may insist on it.</summary>
    public void GiveUpBeyond(ulong sequence) => Proven = ulong.Min(Proven, sequence);

    /// <summary>Does one thing that a gateway does.</summary>
    public void Act(VenueProcess venue, bool sendsNew)
    {
        if (_ring is null)
        {
            Connect(venue);
            return;
        }

        if (_ring.Status is RingStatus.Lost)
        {
            Disconnect();
            return;
        }

        Read();
        if (_feed is null)
        {
            return;
        }

        if (!_hasAskedToOpen && (_isBlind || _feed.InRing))
        {
            _hasAskedToOpen = _ring.TrySend(OrderFlow.OpenSession(_id, _policy));
        }

        if (_hasAskedToOpen && (_isOpen || _isBlind))
        {
            Send(sendsNew);
        }

        if (_random.OneIn(8))
        {
            _checkpoint = _check.Last;
        }
    }

    /// <summary>Reads what is released in memory that outlives the venue's process.</summary>
    public void ReadLast()
    {
        if (_feed is not { InRing: true })
        {
            return;
        }

        try
        {
            Read();
        }
        catch (Exception failure) when (failure is StorageException or JournalDamageException)
        {
            // It was lapped, and the log went with the machine, or is not whole; the next start looks at that.
            Disconnect();
        }
    }

    /// <summary>Its own process dies: only the answers that it gave on and its checkpoint remain.</summary>
    public void Die(VenueProcess venue)
    {
        Disconnect();
        venue.DeclareLost((int)_id);
    }

    public void Disconnect()
    {
        // The ring is the venue's memory; whoever dies gives nothing back.
        _feed?.Dispose();
        _feed = null;
        _ring = null;
    }

    private void Connect(VenueProcess venue)
    {
        try
        {
            _ring = venue.AttachGateway((int)_id);
        }
        catch (InvalidOperationException)
        {
            // The venue has not given its predecessor up yet.
            return;
        }

        _feed = new EventFeed(venue.Events.OpenReader(), venue.Recovered.EventLog);
        _check.StartAfter(_checkpoint);
        _feed.StartAfter(_checkpoint);
        _epoch = venue.Journal.Epoch;
        _hasAskedToOpen = false;
        _isOpen = false;
        _nextToSend = FirstUnanswered;
    }

    private void Read()
    {
        for (int i = 0; i < 4 && _feed is not null; i++)
        {
            EventRead read = _feed.Read(_buffer, out int bytes);
            if (read == EventRead.None)
            {
                return;
            }

            if (read == EventRead.Rewound)
            {
                RollBack(_feed);
                return;
            }

            if (read == EventRead.Expired)
            {
                Require(_history.HasLost, $"has its checkpoint {_checkpoint}, and the events after it are gone");
                Reconcile();
                return;
            }

            Take(_buffer.AsSpan(0, bytes));
        }
    }

    private void Take(ReadOnlySpan<byte> frames)
    {
        var split = new List<byte[]>();
        Survival.Split(frames, split);
        foreach (byte[] frame in split)
        {
            _check.Take(frame);
            Proven = ulong.Max(Proven, _check.Last.Sequence);
            EventEnvelope envelope = Survival.BlockOf<EventEnvelope>(frame);
            if (envelope.SessionId == _id && envelope.Index == 0)
            {
                TakeOwn(frame, envelope);
            }

            if (_feed is null)
            {
                return;
            }
        }
    }

    private void TakeOwn(byte[] frame, in EventEnvelope envelope)
    {
        if (Survival.TemplateOf(frame) == SessionOpenedBlock.TemplateId)
        {
            TakeOpened(Survival.BlockOf<SessionOpenedBlock>(frame));
            return;
        }

        if (envelope.SessionSequence == 0)
        {
            return;
        }

        Require(envelope.SessionSequence <= (ulong)_requests.Count, "was answered what it never asked");
        ClientRequest request = _requests[(int)envelope.SessionSequence - 1];
        RejectReason reason = ReasonOf(frame);
        if (reason == RejectReason.Duplicate)
        {
            Duplicates++;
            if (request.Answer is null && _history.Gaps > 0)
            {
                // The answer was among what the lying disk kept from this client; now it knows.
                Reconcile();
                return;
            }

            Require(request.Answer is not null, $"was told that {request.Number} is a duplicate, of nothing");
        }
        else if (reason != RejectReason.UnknownSession)
        {
            bool same = request.Answer is null || request.Answer == _check.Last;
            Require(same, $"was answered {request.Number} at {request.Answer} and again at {_check.Last}");
            if (request.Answer is null)
            {
                // In one transaction: an answer that is kept without its place could outlive the venue's memory of it.
                Answered++;
                request.Answer = _check.Last;
                _checkpoint = _check.Last;
            }
        }
    }

    private static RejectReason ReasonOf(byte[] frame) =>
        Survival.TemplateOf(frame) == CommandRejectedBlock.TemplateId
            ? Survival.BlockOf<CommandRejectedBlock>(frame).Reason
            : RejectReason.None;

    /// <summary>The venue says how far it knows this session: exactly as far as this client was answered.</summary>
    private void TakeOpened(in SessionOpenedBlock opened)
    {
        ulong last = opened.LastSessionSequence;
        ulong sequence = _check.Last.Sequence;
        foreach (ClientRequest request in _requests)
        {
            bool isKnown = request.Answer is { } answer && answer.Sequence < sequence;
            if (isKnown != (request.Number <= last) && _history.Gaps > 0)
            {
                // The venue's word shows what the lying disk kept from this client.
                Reconcile();
                return;
            }

            Require(
                isKnown == (request.Number <= last),
                $"has {(isKnown ? "an" : "no")} answer to {request.Number}, and the venue knows up to {last}");
        }

        if (opened.Envelope.Epoch == _epoch && _ring is not null && _hasAskedToOpen)
        {
            _isOpen = true;
            _nextToSend = _isBlind ? _nextToSend : int.Max(_nextToSend, (int)last);
        }
    }

    private void Send(bool sendsNew)
    {
        if (sendsNew && _isOpen && _requests.Count - FirstUnanswered < MostUnanswered)
        {
            ulong number = (ulong)_requests.Count + 1;
            _requests.Add(new ClientRequest(number, OrderFlow.Request(_random, _id, number)));
        }
        else if (_nextToSend < _requests.Count)
        {
            Resent++;
        }

        int most = 1 + _random.Next(4);
        while (most-- > 0 && _nextToSend < _requests.Count && _ring!.TrySend(_requests[_nextToSend].Message))
        {
            _nextToSend++;
        }
    }

    /// <summary>The venue lost commands that it had released: what was learnt from them is no longer true.</summary>
    private void RollBack(EventFeed feed)
    {
        Rewinds++;
        EventPosition last = feed.Last;
        Require(last.Sequence <= _history.Last, $"was rewound to {last}, beyond the venue's end {_history.Last}");
        foreach (ClientRequest request in _requests)
        {
            request.Answer = request.Answer?.Sequence > last.Sequence ? null : request.Answer;
        }

        _answered = 0;
        _checkpoint = last;
        Proven = last.Sequence;
        Disconnect();
    }

    /// <summary>
    /// A power loss took so much that the log cannot say any more what is shared. The operator goes through the journal
    /// with the client, as after every loss that a mode allows.
    /// </summary>
    private void Reconcile()
    {
        foreach (ClientRequest request in _requests)
        {
            request.Answer = null;
        }

        EventPosition last = default;
        for (ulong sequence = 1; sequence <= _history.Last; sequence++)
        {
            foreach (byte[] frame in _history.FramesOf(sequence))
            {
                last = History.PositionOf(frame);
                EventEnvelope envelope = Survival.BlockOf<EventEnvelope>(frame);
                bool isOwn = envelope.SessionId == _id && envelope.SessionSequence > 0 && envelope.Index == 0;
                if (isOwn && ReasonOf(frame) is not (RejectReason.Duplicate or RejectReason.UnknownSession))
                {
                    _requests[(int)envelope.SessionSequence - 1].Answer = last;
                }
            }
        }

        Rewinds++;
        _answered = 0;
        _checkpoint = last;
        Proven = last.Sequence;
        Disconnect();
    }

    private void Require(bool condition, string what)
    {
        if (!condition)
        {
            throw new SimulationFailure($"Client {_id} {what}.");
        }
    }
}
