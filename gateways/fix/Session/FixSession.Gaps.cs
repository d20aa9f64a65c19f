using HftEngine.Fix.Codec;

namespace HftEngine.Fix.Session;

public sealed partial class FixSession
{
    // The last number known to be missing, or 0; up to where it was asked for; and when.
    private long _gapTarget;
    private long _gapAskedTo;
    private long _gapAskedNs;

    /// <summary>A message came too early: everything before it is missing.</summary>
    private void NoteGap(long number, long nowNs, bool comesUnasked)
    {
        bool isNew = _gapTarget == 0;
        _gapTarget = long.Max(_gapTarget, number - 1);
        if (!isNew)
        {
            return;
        }

        if (comesUnasked)
        {
            _gapAskedTo = _gapTarget;
            _gapAskedNs = nowNs;
            return;
        }

        AskForGap(nowNs);
    }

    // The standard's 0 for "all there is" is what most engines send; older versions know 999999 instead. In
    // chunks, the next one is asked for when the last one has come.
    private void AskForGap(long nowNs)
    {
        long from = _store.NextInbound;
        _gapAskedTo = Settings.ResendChunk == 0
            ? _gapTarget
            : long.Min(_gapTarget, from + Settings.ResendChunk - 1);
        _gapAskedNs = nowNs;
        long everything = Id.BeginString is "FIX.4.0" or "FIX.4.1" ? 999_999 : 0;
        SendResendRequest(from, Settings.ResendChunk == 0 ? everything : _gapAskedTo, nowNs);
    }

    private void RetryGap(long nowNs)
    {
        if (_gapTarget != 0 && nowNs - _gapAskedNs >= Settings.GapRetryNs)
        {
            AskForGap(nowNs);
        }
    }

    /// <summary>Everything up to a number counts as received; 0 for nothing.</summary>
    private void Consume(long number)
    {
        if (number == 0)
        {
            return;
        }

        _store.NextInbound = number + 1;
        if (_gapTarget != 0 && number >= _gapTarget)
        {
            _gapTarget = 0;
        }
    }

    /// <summary>Messages that waited for what was just received.</summary>
    private void Drain(long nowNs)
    {
        bool progressed = _gapTarget != 0 || _gapQueue.Count > 0;
        while (_gapQueue.Count > 0 && !_onlyLogoutCounts && State != SessionState.Disconnected)
        {
            long number = _store.NextInbound;
            if (!_gapQueue.TryTake(number, _workspace.StoredBytes, out int length))
            {
                _gapQueue.DropBelow(number);
                break;
            }

            if (length == 0)
            {
                Consume(number);
                continue;
            }

            if (_workspace.Stored.Parse(_workspace.StoredBytes, 0, length) == ParseResult.Whole)
            {
                Process(_workspace.Stored, number, nowNs);
            }
        }

        if (progressed && _gapTarget != 0 && State == SessionState.LoggedOn)
        {
            _gapAskedNs = nowNs;
            if (_store.NextInbound > _gapAskedTo)
            {
                AskForGap(nowNs);
            }
        }
    }
}
