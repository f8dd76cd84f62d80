# @summary The package.
# @api private
class unitward::install {
  $from = $unitward::deb ? {
    undef   => undef,
    default => '/var/cache/unitward.deb',
  }

  if $from {
    file { $from:
      source => $unitward::deb,
      owner  => 'root',
      group  => 'root',
      mode   => '0644',
      before => Package['unitward'],
    }
  }

  package { 'unitward':
    ensure => $unitward::ensure,
    source => $from,
  }
}
